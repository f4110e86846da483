"""A component's options, read from its signature: the one place where they are declared.

Keyword-only parameters are options; their annotations, defaults and docstring entries are the schema that recipes are
checked against, and what `ganforge show` prints. Positional parameters are what the engine hands over (quantities to a
loss, parameters to an optimizer). A parameter annotated with `Nested("distance")` names another component.
"""

from __future__ import annotations

import inspect
import json
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pydantic
from docstring_parser import DocstringStyle
from docstring_parser import parse as parse_docstring

from ganforge.errors import PluginError
from ganforge.plugins.parameters import Nested

_EMPTY = inspect.Parameter.empty


@dataclass(frozen=True)
class Option:
    """One keyword-only parameter.

    Attributes:
        name: as written in a recipe.
        annotation: its type.
        default: its default, or `inspect.Parameter.empty` when it must be set or injected.
        doc: what the docstring says of it.
        nested: the kind of component that it names, or None.
        many: whether it names a list of them.
    """

    name: str
    annotation: Any
    default: Any
    doc: str
    nested: str | None
    many: bool = False

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is _EMPTY

    @property
    def type_name(self) -> str:
        """The type as a reader would write it."""
        if self.nested:
            return f"list of {self.nested}s" if self.many else self.nested
        return _type_name(self.annotation)


@dataclass(frozen=True)
class OptionSchema:
    """All options of a component and the names of its positional parameters."""

    name: str
    options: tuple[Option, ...]
    positional: tuple[str, ...]
    summary: str
    description: str

    @cached_property
    def _model(self) -> type[pydantic.BaseModel]:
        # Nothing is required here: the engine may inject what a recipe leaves out, and says so when it cannot.
        fields: dict[str, Any] = {}
        for option in self.options:
            annotation: Any = str | dict[str, Any] if option.nested else option.annotation
            annotation = list[annotation] if option.many else annotation
            fields[option.name] = (annotation, pydantic.Field(default=None, alias=option.name))
        return pydantic.create_model(
            "Options",
            __config__=pydantic.ConfigDict(extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True),
            **{f"option_{name}": field for name, field in fields.items()},
        )

    def validate(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Check values of a recipe against the annotations.

        Args:
            values: the options as TOML gives them.

        Returns:
            The values converted to the annotated types, and (option, message) for each that does not fit. Names that
            are no options are for the caller to find.
        """
        known = {option.name for option in self.options}
        given = {name: value for name, value in values.items() if name in known}
        try:
            # As strict JSON, a list may become a tuple and a string a path, but "3" never becomes 3.
            model = self._model.model_validate_json(json.dumps(given, default=str), strict=True)
        except pydantic.ValidationError as error:
            return {}, [_complaint(detail, given) for detail in error.errors()]
        return {name: getattr(model, f"option_{name}") for name in given}, []

    def defaults(self) -> dict[str, Any]:
        """The defaults of those options that have one."""
        return {option.name: option.default for option in self.options if not option.required}


def schema_of(target: Callable[..., Any], name: str) -> OptionSchema:
    """Read the options of a class or function.

    Args:
        target: the component.
        name: its full name, for messages.

    Raises:
        PluginError: an option has no annotation, or one that cannot be evaluated.
    """
    function = target.__init__ if inspect.isclass(target) else target
    parameters = list(inspect.signature(function).parameters.values())
    if inspect.isclass(target):
        parameters = parameters[1:]
    document = parse_docstring(inspect.getdoc(target) or "", DocstringStyle.GOOGLE)
    described = {entry.arg_name: " ".join((entry.description or "").split()) for entry in document.params}
    options = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            annotation = _annotation(function, parameter, name)
            nested = next((m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, Nested)), None)
            default = nested.default if nested and nested.default else parameter.default
            doc = described.get(parameter.name, "")
            many = nested is not None and typing.get_origin(typing.get_args(annotation)[0]) in (list, Sequence)
            options.append(Option(parameter.name, annotation, default, doc, nested.kind if nested else None, many))
    positional = tuple(
        parameter.name
        for parameter in parameters
        if parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    )
    description = (document.long_description or "").strip()
    return OptionSchema(name, tuple(options), positional, (document.short_description or "").strip(), description)


def _annotation(function: Any, parameter: inspect.Parameter, name: str) -> Any:
    """Evaluate one annotation; the others may use names that exist only for the type checker."""
    if parameter.annotation is _EMPTY:
        raise PluginError(f"option {parameter.name!r} of {name!r} has no type annotation", fix="annotate it")
    holder = type("holder", (), {"__annotations__": {"value": parameter.annotation}})
    module = sys.modules.get(function.__module__)
    try:
        return typing.get_type_hints(holder, globalns=vars(module) if module else {}, include_extras=True)["value"]
    except Exception as error:
        raise PluginError(
            f"the annotation of option {parameter.name!r} of {name!r} cannot be evaluated: {error}",
            fix="import the names that it uses when the module is imported, not for type checking alone",
        ) from error


def _complaint(detail: Any, given: Mapping[str, Any]) -> tuple[str, str]:
    location = [part for part in detail["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    option = str(location[0]) if location else ""
    value = given.get(option)
    return option, f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {json.dumps(value, default=str)}"


def _type_name(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Literal:
        return " | ".join(json.dumps(value) for value in arguments)
    if origin is typing.Annotated:
        bounds = [text for mark in arguments[1:] if (text := _bounds(mark))]
        return " ".join([_type_name(arguments[0]), *bounds])
    if origin is not None and arguments:
        if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
            return " | ".join(_type_name(part) for part in arguments)
        inner = ", ".join("..." if part is ... else _type_name(part) for part in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    if annotation is type(None):
        return "none"
    return str(getattr(annotation, "__name__", annotation))


def _bounds(mark: Any) -> str:
    """`>= 1` for `Field(ge=1)`, and the like."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "min_length": "length >=", "max_length": "length <="}
    parts = [
        f"{sign} {getattr(constraint, name)}"
        for constraint in getattr(mark, "metadata", [mark])
        for name, sign in signs.items()
        if getattr(constraint, name, None) is not None
    ]
    return " and ".join(parts)
