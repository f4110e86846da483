"""Checks of what a component says of itself: its summary, its options and what it does with each choice of them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

from docstring_parser import DocstringStyle
from docstring_parser import parse as parse_docstring

from ganforge.errors import PluginError
from ganforge.options.schema import OptionSchema
from ganforge.recipe.check import KIND_OF_SECTION
from ganforge.recipe.schema import NAMED_SECTIONS
from ganforge.testing.check import ALL, NETWORKS, Flaw, Inapplicable, check
from ganforge.testing.example import fits
from ganforge.testing.examples import examples_of
from ganforge.testing.faults import refused, told
from ganforge.testing.option_values import alternatives
from ganforge.testing.subject import Subject

UNTYPED = (Any, object, list, tuple, dict)
KINDS_WITH_CHOICES = tuple(kind for kind in ALL if kind != "dataset")


@check(
    ALL,
    finds="another summary in the plugin's declaration than in the docstring's first line",
    why="`ganforge list` prints the one and `ganforge show` the other: a user reads two descriptions of one thing.",
    mend="Make the fourth string of its Component the first line of its docstring.",
)
def summary(subject: Subject) -> None:
    """The declared line is the docstring's first."""
    documented = _schema(subject).summary
    if documented != subject.entry.summary:
        raise Flaw(f"it is declared as {subject.entry.summary!r} and documented as {documented!r}")


@check(
    ALL,
    finds="options without a type, a docstring entry or a valid default; parameters that no recipe can set; `**kwargs`",
    why="The signature is the schema: what it leaves open, recipes are not checked against and nobody can look up.",
    mend="Annotate every keyword-only parameter with what TOML can hold, and describe each under `Args:`.",
)
def options(subject: Subject) -> None:
    """The signature says everything about the options."""
    schema = _schema(subject)
    problems = [*_hidden(subject, schema), *_incomplete(schema), *_reserved(subject, schema)]
    described = parse_docstring(inspect.getdoc(subject.entry.load()) or "", DocstringStyle.GOOGLE).params
    known = {option.name for option in schema.options} | {*schema.positional, *_attributes(subject)}
    problems += [
        f"`Args:` describes {one.arg_name!r}, which there is not" for one in described if one.arg_name not in known
    ]
    if problems:
        raise Flaw("; ".join(problems))


@check(
    KINDS_WITH_CHOICES,
    finds="a choice that an option offers and that does not work",
    why="What a Literal or a bool offers, somebody will choose, and then a traceback ends the run.",
    mend="Make it work, or refuse it when the component is built: raise ValueError, or a GanforgeError with a fix.",
)
def choices(subject: Subject) -> None:
    """Each value that an annotation spells out works, or is refused in words."""
    if not any(alternatives(option) for option in _schema(subject).options):
        return
    subject.examples()
    for option in _schema(subject).options:
        for value in alternatives(option) if option.name not in subject.options else ():
            try:
                next(examples_of(subject.with_options(**{option.name: value}))).run()
            except Exception as error:
                if not refused(error):
                    raise Flaw(f"with {option.name} = {value!r} it fails: {told(error)}") from error


@check(
    NETWORKS,
    finds="image sizes that a network accepts when it is built, and fails at when it is called",
    why="A size that does not fit is to be refused with what to do about it, not with a complaint about matrices.",
    mend="Raise ShapeError(message, fix=...) in `__init__` for the sizes that it cannot do.",
)
def refusal(subject: Subject) -> None:
    """Unusual sizes work, or are refused in words."""
    from ganforge.testing.network_examples import network_example

    if "image_size" in subject.options:
        raise Inapplicable("its image_size is given")
    subject.examples()
    for size in (9, 20, 28):
        try:
            example = network_example(subject, size, 1, 10)
            outputs = example.run(train=False)
        except Exception as error:
            if refused(error):
                continue
            raise Flaw(f"it does not refuse {size}x{size} pixels, and fails: {told(error)}") from error
        for name, value in outputs.items():
            if not fits(value, example.shapes[name]):
                raise Flaw(f"it does not refuse {size}x{size} pixels, and gives {name} {list(value.shape)}")


def _schema(subject: Subject) -> OptionSchema:
    try:
        return subject.entry.schema
    except PluginError as error:
        raise Flaw(error.message, mend=error.fix) from error


def _hidden(subject: Subject, schema: OptionSchema) -> Iterator[str]:
    """Parameters that are no options and that nothing is passed for."""
    target = subject.entry.load()
    function: Callable[..., Any] = target.__init__ if inspect.isclass(target) else target
    if inspect.isclass(target) and function is object.__init__:
        return
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield f"**{parameter.name} takes options that nobody can look up"
    if inspect.isclass(target):
        for name in schema.positional:
            yield f"the parameter {name!r} of its __init__ is no option: put it behind the *"


def _incomplete(schema: OptionSchema) -> Iterator[str]:
    for option in schema.options:
        if not option.doc:
            yield f"the option {option.name!r} has no entry under `Args:`"
        if not option.nested and _untyped(option.annotation):
            yield f"the option {option.name!r} is annotated as {option.type_name}, which says nothing"


def _untyped(annotation: Any) -> bool:
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        arguments = arguments[:1]
    if typing.get_origin(annotation) is typing.Literal:
        return False
    return any(annotation is one for one in UNTYPED) or any(map(_untyped, arguments))


def _reserved(subject: Subject, schema: OptionSchema) -> Iterator[str]:
    """Options whose names are keys of the recipe's own in the table of such a component."""
    section = next((name for name, kind in KIND_OF_SECTION.items() if kind == subject.kind), None)
    section = "networks" if subject.kind in NETWORKS else section
    taken = {"use", *(NAMED_SECTIONS[section].model_fields if section else ())}
    for option in schema.options:
        if option.name in taken:
            yield f"the option {option.name!r} is a key of the recipe's own"


def _attributes(subject: Subject) -> tuple[str, ...]:
    """What a docstring may describe besides: the positional parameters of a function, which the engine passes."""
    target = subject.entry.load()
    return () if inspect.isclass(target) else tuple(inspect.signature(target).parameters)


CHECKS = (summary, options, choices, refusal)
