"""Differences between resolved recipes, key by key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a line for each key with different values, such as `train.steps: 100 -> 200`; sorted by key.

    Args:
        before: a resolved recipe, or its identity.
        after: another.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        f"{key}: {_shown(old, key)} -> {_shown(new, key)}"
        for key in sorted({*old, *new})
        if key not in old or key not in new or old[key] != new[key]
    ]


def contrast(tables: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the keys that are not the same in all tables, with each table's value as text; sorted by key.

    Args:
        tables: resolved recipes, their identities, or any others with strings as keys.
    """
    flat = [dict(_flat(table)) for table in tables]
    keys = sorted({key for table in flat for key in table})
    shown = {key: [_shown(table, key) for table in flat] for key in keys}
    return {key: values for key, values in shown.items() if len(set(values)) > 1}


def _flat(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", list(value) if isinstance(value, tuple) else value))
    return found


def _shown(values: Mapping[str, Any], key: str) -> str:
    return json.dumps(values[key], default=str) if key in values else "nothing"
