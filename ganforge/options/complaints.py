"""Validation errors of pydantic in the words of a recipe: for each key its requirement and its value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic

WORDS = {
    "an object": "a table",
    "a valid dictionary": "a table",
    "a valid array": "a list",
    "a valid list": "a list",
    "a valid string": "a string",
    "a valid number": "a number",
    "a valid integer": "an integer",
    "a valid boolean": "true or false",
}
LONGEST = 100


@dataclass(frozen=True)
class Complaint:
    """A validation error of one key.

    Attributes:
        path: the key, relative to the validated data.
        kind: `missing`, `unknown` or `wrong`.
        message: the requirement for a wrong value, and the value; empty for the other kinds.
        models: the names of the models on the path, outermost first.
    """

    path: tuple[str, ...]
    kind: str
    message: str
    models: tuple[str, ...]


def complaints(error: pydantic.ValidationError, data: Any) -> list[Complaint]:
    """Return each wrong key once, in pydantic's order; `data` is the validated data."""
    found: dict[tuple[str, ...], Complaint] = {}
    wanted: dict[tuple[str, ...], list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False):
        path, labels, value = _followed(detail["loc"], data)
        if detail["type"] == "missing" and isinstance(value, Mapping):
            path = (*path, str(detail["loc"][-1]))
            found.setdefault(path, Complaint(path, "missing", "", labels[:-1]))
        elif detail["type"] == "extra_forbidden":
            found.setdefault(path, Complaint(path, "unknown", "", labels))
        else:
            message = "too few values" if detail["type"] == "missing" else detail["msg"]
            wanted.setdefault(path, []).append(message)
            found[path] = Complaint(path, "wrong", _said(wanted[path], value), labels)
    return list(found.values())


def _followed(location: Sequence[str | int], data: Any) -> tuple[tuple[str, ...], tuple[str, ...], Any]:
    """Return the part of a location that leads through the data, the names of types beside it, and the value there."""
    path: list[str] = []
    labels: list[str] = []
    for part in location:
        inside = isinstance(data, Mapping) and part in data
        if inside or (isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)):
            path.append(str(part))
            data = data[part]
        else:
            labels.append(str(part))
    return tuple(path), tuple(labels), data


def _said(messages: Sequence[str], value: Any) -> str:
    """`must be a number or a table, not "x"`."""
    bare = [message.removeprefix("Value error, ") for message in dict.fromkeys(messages)]
    wanted = [text.removeprefix("Input should be ") for text in bare if text.startswith("Input should be ")]
    others = [f"{text[:1].lower()}{text[1:]}" for text in bare if not text.startswith("Input should be ")]
    said = [f"must be {' or '.join(dict.fromkeys(WORDS.get(text, text) for text in wanted))}"] if wanted else []
    shown = json.dumps(value, default=str, ensure_ascii=False)
    if len(shown) > LONGEST:
        shown = f"{shown[:LONGEST]}..."
    if "a valid integer" in wanted and isinstance(value, float) and value.is_integer():
        shown = f"{shown}: write {int(value)}"
    return f"{'; '.join([*said, *others])}, not {shown}"
