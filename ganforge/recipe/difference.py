"""What differs between two resolved recipes, key by key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line for each key whose value differs, such as `train.steps: 100 -> 200`; sorted by key.

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


def _flat(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", list(value) if isinstance(value, tuple) else value))
    return found


def _shown(values: Mapping[str, Any], key: str) -> str:
    return json.dumps(values[key], default=str) if key in values else "nothing"
