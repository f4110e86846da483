"""Differences between resolved recipes, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a line for each key that differs between resolved recipes, such as `train.steps: 100 -> 200`."""
    return [f"{key}: {old} -> {new}" for key, (old, new) in contrast([before, after]).items()]


def contrast(tables: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the keys, sorted, that differ between tables with strings as keys, with each table's value as text."""
    flat = [dict(_flat(table)) for table in tables]
    keys = sorted({key for table in flat for key in table})
    differing = [key for key in keys if any(key not in table or table[key] != flat[0].get(key) for table in flat)]
    return {key: [json.dumps(one[key], default=str) if key in one else "nothing" for one in flat] for key in differing}


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value
