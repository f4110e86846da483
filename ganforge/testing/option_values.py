"""Values for options: a valid one for a required option, and the alternatives that an annotation lists."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import pydantic

from ganforge.errors import PluginError
from ganforge.options.schema import Option
from ganforge.plugins.registry import Registry

NUMBERS = (1, 2, 8, 16, 0, 1.0, 0.5, 0.0)
CANDIDATES: tuple[Any, ...] = (*NUMBERS, True, "example", [1], [1, 2], [0.5], [0.5, 0.9], ["example"], [], {})


def made_up(option: Option, registry: Registry) -> Any:
    """Return a valid value for an option, as in TOML.

    Raises:
        PluginError: no candidate is valid.
    """
    if option.nested:
        names = [entry.name for entry in registry.entries(option.nested)]
        if names:
            return names[:1] if option.many else names[0]
    else:
        for candidate in (*literals(option.annotation), *CANDIDATES):
            try:
                option.validate(candidate)
            except pydantic.ValidationError:
                continue
            return candidate
    raise PluginError(
        f"nothing can be made up for the option {option.name!r}, which it needs: {option.type_name}",
        fix=f'give one: conformance(..., options={{"{option.name}": ...}})',
    )


def alternatives(option: Option) -> list[Any]:
    """Return the values that an annotation lists, except for the default: those of a Literal or a bool."""
    if option.nested:
        return []
    found = []
    for value in literals(option.annotation):
        if value not in found and (type(value), value) != (type(option.default), option.default):
            found.append(value)
    return found


def literals(annotation: Any) -> Iterator[Any]:
    """Yield the values that an annotation lists; none for lists and tables of such values."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        yield from arguments
    elif annotation is bool:
        yield from (False, True)
    elif origin is typing.Annotated:
        yield from literals(arguments[0])
    elif origin in (typing.Union, types.UnionType):
        for part in arguments:
            yield from literals(part)
