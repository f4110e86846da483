"""A component's options, read from its signature, the one place where they are declared.

Keyword-only parameters are options; their annotations, defaults and docstring entries are the schema that recipes are
checked against and that `ganforge show` prints. Positional parameters are arguments that the engine passes (quantities
to a loss, parameters to an optimizer). A parameter annotated with `Nested("distance")` names another component.
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
from pydantic_core import to_jsonable_python
from typing_extensions import TypedDict  # pydantic takes that of typing from Python 3.12 on

from ganforge.errors import PluginError
from ganforge.options.complaints import complaints
from ganforge.options.marks import Formerly, Nested, Since, neutral_value, positional_names
from ganforge.options.type_name import type_name

_EMPTY = inspect.Parameter.empty
_CONFIG = pydantic.ConfigDict(allow_inf_nan=False, arbitrary_types_allowed=True)


@dataclass(frozen=True)
class Option:
    """One keyword-only parameter.

    Attributes:
        name: as written in a recipe.
        annotation: its type.
        default: its default, or `inspect.Parameter.empty` when it must be set or injected.
        doc: its description in the docstring.
        nested: the kind of component that it names, or None.
        many: True if it names a list of them.
        formerly: its former names, oldest first.
        since: the mark of an option that was added later, or None.
    """

    name: str
    annotation: Any
    default: Any
    doc: str
    nested: str | None
    many: bool = False
    formerly: tuple[str, ...] = ()
    since: Since | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its names, oldest first; identities are made of the first."""
        return (*self.formerly, self.name)

    @property
    def required(self) -> bool:
        """True if it has no default."""
        return self.default is _EMPTY

    @property
    def type_name(self) -> str:
        """The type, written for a reader."""
        if self.nested:
            return f"list of {self.nested}s" if self.many else self.nested
        return type_name(self.annotation)

    @property
    def value_type(self) -> Any:
        """The type of its values in a recipe: a component is written as its name or as a table."""
        written: Any = str | dict[str, Any] if self.nested else self.annotation
        return list[written] if self.many else written

    @cached_property
    def plain_default(self) -> Any:
        """The default as a recipe writes it out; None where there is none."""
        return None if self.required else self._plain(self.default)

    def is_neutral(self, plain: Any) -> bool:
        """Return True if a plain value means the same as before the option existed."""
        return self.since is not None and bool(plain == self._plain(neutral_value(self.since, self.default)))

    def _plain(self, value: Any) -> Any:
        return None if value is None else to_jsonable_python(self.validate(to_jsonable_python(value)))

    def validate(self, value: Any) -> Any:
        """Convert a value as TOML gives it to the annotated type.

        The rules are those of strict JSON: a list may become a tuple, but "3" never becomes 3.

        Raises:
            pydantic.ValidationError: it does not fit; its locations begin with the option's name.
        """
        text = json.dumps({self.name: value}, default=str)
        return self._table.validate_json(text, strict=True)[self.name]

    @cached_property
    def _table(self) -> pydantic.TypeAdapter[Any]:
        table = TypedDict("table", {self.name: self.value_type})  # type: ignore[misc]
        return pydantic.TypeAdapter(pydantic.with_config(_CONFIG)(table))


@dataclass(frozen=True)
class OptionSchema:
    """All options of a component, the names of its positional parameters, and the parts of its docstring."""

    name: str
    options: tuple[Option, ...]
    positional: tuple[str, ...]
    summary: str
    description: str

    def validate(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[tuple[str, ...], str]]]:
        """Check values of a recipe against the annotations.

        Args:
            values: the options as TOML gives them; names that are not options are ignored.

        Returns:
            The values that fit, converted to the annotated types, and (path, message) for each that does not; a path
            begins with the option.
        """
        fitting, wrong = {}, []
        for option in (option for option in self.options if option.name in values):
            try:
                fitting[option.name] = option.validate(values[option.name])
            except pydantic.ValidationError as error:
                found = complaints(error, {option.name: values[option.name]})
                wrong += [((option.name, *part.path[1:]), part.message or f"is {part.kind}") for part in found]
        return fitting, wrong


def schema_of(target: Callable[..., Any], name: str) -> OptionSchema:
    """Read the options of a class or function.

    Args:
        target: the component.
        name: its full name, for messages.

    Raises:
        PluginError: it has no signature, or an option's annotation is missing, cannot be evaluated, does not fit the
            default or has no equivalent in TOML.
    """
    function = target.__init__ if inspect.isclass(target) else target
    try:
        parameters = list(inspect.signature(function).parameters.values())[inspect.isclass(target) :]
        document = parse_docstring(inspect.getdoc(target) or "", DocstringStyle.GOOGLE)
    except Exception as error:
        raise PluginError(
            f"the signature or the docstring of {name!r} cannot be read: {error}",
            fix="its target is to be a class or a function, with a Google-style docstring",
        ) from error
    described = {entry.arg_name: " ".join((entry.description or "").split()) for entry in document.params}
    options = [
        _option(function, parameter, described.get(parameter.name, ""), name)
        for parameter in parameters
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    names = [each for option in options for each in option.names]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise PluginError(f"two options of {name!r} are or were called {twice!r}", fix="a name stands for one option")
    summary, description = (document.short_description or "").strip(), (document.long_description or "").strip()
    return OptionSchema(name, tuple(options), positional_names(parameters), summary, description)


def _option(function: Any, parameter: inspect.Parameter, doc: str, name: str) -> Option:
    annotation = _annotation(function, parameter, name)
    marks = getattr(annotation, "__metadata__", ())
    nested = next((mark for mark in marks if isinstance(mark, Nested)), None)
    formerly = tuple(old for mark in marks if isinstance(mark, Formerly) for old in mark.names)
    since = next((mark for mark in marks if isinstance(mark, Since)), None)
    default = nested.default if nested and nested.default else parameter.default
    many = nested is not None and typing.get_origin(typing.get_args(annotation)[0]) in (list, Sequence)
    option = Option(parameter.name, annotation, default, doc, nested.kind if nested else None, many, formerly, since)
    try:
        _ = option._table, option.plain_default, option.is_neutral(None)
    except Exception as error:  # pydantic refuses types and defaults in many ways
        reason = " ".join(str(error).split())
        raise PluginError(
            f"no recipe can write the option {parameter.name!r} of {name!r}, or its default: {reason}",
            fix="annotate it with numbers, strings, paths, Literal, and lists or tables of these; the default must fit",
        ) from error
    return option


def _annotation(function: Any, parameter: inspect.Parameter, name: str) -> Any:
    """Evaluate one annotation alone, as others may use names that exist only for the type checker."""
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
