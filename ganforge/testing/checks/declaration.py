"""Checks of what a plugin and its components declare: recipes, summaries, options, and each choice of them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

from docstring_parser import DocstringStyle
from docstring_parser import parse as parse_docstring

from ganforge.errors import GanforgeError
from ganforge.options.schema import OptionSchema
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import KIND_OF_SECTION, read_recipe
from ganforge.recipe.document import read_document
from ganforge.recipe.library import shipped_recipes
from ganforge.recipe.schema import NAMED_SECTIONS
from ganforge.study.check import load_study
from ganforge.testing import fresh_process
from ganforge.testing.check import ALL, NETWORKS, NOT_DATASETS, check
from ganforge.testing.example import examples_of
from ganforge.testing.flaw import Flaw, describe_error, is_refusal
from ganforge.testing.subject import PLUGIN, Subject, WholePlugin, alternatives

UNTYPED = (Any, object, list, tuple, dict)


@check(
    PLUGIN,
    why="`ganforge list` and `ganforge --help` would take seconds, for all plugins.",
    fix="Import only `ganforge.plugins` in the entry point's module and in its package's `__init__`.",
)
def light(subject: WholePlugin) -> None:
    """Find torch or another heavy library imported when the plugin is merely listed."""
    heavy = fresh_process.import_plugin(subject.plugin)["heavy"]
    if heavy:
        raise Flaw(f"listing its components imports {' and '.join(heavy)}")


@check(
    PLUGIN,
    why="A user's first command would end in an error that is not the user's.",
    fix="Run `ganforge check FILE` and correct what it reports.",
)
def recipes(subject: WholePlugin) -> None:
    """Find mistakes in the recipes and studies that the plugin ships."""
    for recipe in shipped_recipes(subject.registry):
        if not recipe.name.startswith(f"{subject.name}/"):
            continue
        try:
            if "study" in read_document(recipe.path).data:
                load_study(recipe.path, subject.registry)
            else:
                plan_all(read_recipe(recipe.path, subject.registry))
        except GanforgeError as error:
            raise Flaw(f"{recipe.path.name}: {error}") from error


@check(
    ALL,
    why="`ganforge list` prints the one and `ganforge show` the other, so a user reads two descriptions.",
    fix="Make the fourth string of its Component the first line of its docstring.",
    calls=False,
)
def summary(subject: Subject) -> None:
    """Find a summary in the plugin's declaration that is not the docstring's first line."""
    documented = subject.entry.schema.summary
    if documented != subject.entry.summary:
        raise Flaw(f"it is declared as {subject.entry.summary!r} and documented as {documented!r}")


@check(
    ALL,
    why="The signature is the schema: recipes are checked against it, and `ganforge show` prints it.",
    fix="Annotate every keyword-only parameter with what TOML can hold, and describe each under `Args:`.",
    calls=False,
)
def options(subject: Subject) -> None:
    """Find options without type, docstring entry or valid default; parameters that no recipe can set; `**kwargs`."""
    if problems := list(_option_problems(subject, subject.entry.schema)):
        raise Flaw("; ".join(problems))


@check(
    NOT_DATASETS,
    why="A user may choose any value that a Literal or a bool lists, and a traceback would end the run.",
    fix="Make it work, or reject it when the component is built: raise ValueError, or a GanforgeError with a fix.",
)
def choices(subject: Subject) -> None:
    """Find a choice that an option offers and that does not work."""
    for option in subject.entry.schema.options:
        for value in alternatives(option) if option.name not in subject.options else ():
            try:
                next(examples_of(subject.with_options(**{option.name: value}))).run()
            except Exception as error:
                if not is_refusal(error):
                    raise Flaw(f"with {option.name} = {value!r} it fails: {describe_error(error)}") from error


def _option_problems(subject: Subject, schema: OptionSchema) -> Iterator[str]:
    target = subject.entry.load()
    function: Callable[..., Any] = target.__init__ if inspect.isclass(target) else target
    parameters = {} if function is object.__init__ else inspect.signature(function).parameters
    for parameter in parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield f"**{parameter.name} takes options that `ganforge show` cannot list"
    for name in schema.positional if inspect.isclass(target) else ():
        yield f"the parameter {name!r} of its __init__ is no option: put it behind the *"
    section = next((name for name, kind in KIND_OF_SECTION.items() if kind == subject.kind), None)
    section = "networks" if subject.kind in NETWORKS else section
    reserved = {"use", *(NAMED_SECTIONS[section].model_fields if section else ())}
    for option in schema.options:
        if not option.doc:
            yield f"the option {option.name!r} has no entry under `Args:`"
        if not option.nested and _untyped(option.annotation):
            yield f"the option {option.name!r} is annotated as {option.type_name}, which says nothing"
        if option.name in reserved:
            yield f"the option {option.name!r} is a key of the recipe format"
    # The engine passes the positional parameters of a function, and a docstring may describe them.
    known = {*schema.positional, *(option.name for option in schema.options)}
    known |= set() if inspect.isclass(target) else {*parameters}
    for one in parse_docstring(inspect.getdoc(target) or "", DocstringStyle.GOOGLE).params:
        if one.arg_name not in known:
            yield f"`Args:` describes {one.arg_name!r}, which does not exist"


def _untyped(annotation: Any) -> bool:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return False
    arguments = arguments[:1] if origin is typing.Annotated else arguments
    return any(annotation is one for one in UNTYPED) or any(map(_untyped, arguments))
