"""Annotations written for a reader of `ganforge show`: `int >= 1`, `"a" | "b"`, `list[float > 0] | none`."""

from __future__ import annotations

import json
import types
import typing
from typing import Any

SIGNS = {
    "ge": ">=",
    "gt": ">",
    "le": "<=",
    "lt": "<",
    "multiple_of": "multiple of",
    "min_length": "length >=",
    "max_length": "length <=",
    "pattern": "matching",
}


def type_name(annotation: Any) -> str:
    """Return the type in words, with its bounds."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is type(None):
        return "none"
    if origin is typing.Literal:
        return " | ".join("none" if value is None else json.dumps(value, default=str) for value in arguments)
    if origin is typing.Annotated:
        bounds = [text for mark in arguments[1:] if (text := _bounds(mark))]
        return " and ".join([" ".join([type_name(arguments[0]), *bounds[:1]]), *bounds[1:]])
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_name(part) for part in arguments)
    if origin is not None and arguments:
        inner = ", ".join("..." if part is ... else type_name(part) for part in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return str(getattr(annotation, "__name__", annotation))


def _bounds(mark: Any) -> str:
    """Return `>= 1` for `Field(ge=1)`, and the like."""
    return " and ".join(
        f"{sign} {getattr(constraint, name)}"
        for constraint in getattr(mark, "metadata", [mark])
        for name, sign in SIGNS.items()
        if getattr(constraint, name, None) is not None
    )
