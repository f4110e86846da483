"""Shell completion of recipes, components, runs and keys; imports no component.

Whatever goes wrong, nothing is completed and nothing is printed: a shell has no place for messages.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

Found = list[tuple[str, str]]
Completion = Callable[[typer.Context, str], Found]

VARIABLE = "_GANFORGE_COMPLETE"
KEY = "_GANFORGE_COMPLETED_KEY"


def completion(find: Callable[[typer.Context, str], Iterable[tuple[str, str]]]) -> Completion:
    """Make a completion of a function that lists what there is, with a line on each."""

    @functools.wraps(find)
    def complete(context: typer.Context, incomplete: str) -> Found:
        with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
            return [(text, line) for text, line in find(context, incomplete) if text.startswith(incomplete)]
        return []

    return complete


def rejoin() -> None:
    """Undo what bash does to `--set key=value`, which it hands over as three words, and takes back as the last."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    count = os.environ.get("COMP_CWORD", "")
    if os.environ.get(VARIABLE) != "complete_bash" or not count.isdigit():
        return
    joined: list[str] = []
    for word in words[: int(count) + 1]:
        if joined and (word == "=" or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    key, sign, value = joined[-1].partition("=")
    if sign:
        os.environ[KEY], joined[-1] = key, value
    os.environ |= {"COMP_WORDS": "\n".join(joined), "COMP_CWORD": str(len(joined) - 1)}


# -- what there is -------------------------------------------------------------------------------------------------


@completion
def recipes(context: typer.Context, incomplete: str) -> Found:
    """Shipped recipes that are no studies."""
    return [(one.name, one.description) for one in _shipped() if not one.is_study]


@completion
def studies(context: typer.Context, incomplete: str) -> Found:
    """Shipped studies."""
    return [(one.name, one.description) for one in _shipped() if one.is_study]


@completion
def recipes_and_studies(context: typer.Context, incomplete: str) -> Found:
    """Return the names of all shipped recipes and studies."""
    return [(one.name, one.description) for one in _shipped()]


@completion
def rows(context: typer.Context, incomplete: str) -> Found:
    """The rows of the study that the command line names."""
    variants = _read(_named(context)).get("variants", {})
    return [(name, str(row.get("title", ""))) for name, row in variants.items()]


@completion
def runs(context: typer.Context, incomplete: str) -> Found:
    """Runs in the folder of runs."""
    from ganforge.folders import runs_folder
    from ganforge.runs.directory import list_runs

    folder = runs_folder(_path(context.params.get("runs")))
    return [(run.name, run.status) for run in list_runs(folder)]


@completion
def components(context: typer.Context, incomplete: str) -> Found:
    """Components by their full names."""
    return _components()


@completion
def datasets(context: typer.Context, incomplete: str) -> Found:
    """Dataset components."""
    return _components("dataset")


@completion
def metrics(context: typer.Context, incomplete: str) -> Found:
    """Metric components; several may be given with commas."""
    before = incomplete[: incomplete.rfind(",") + 1]
    return [(f"{before}{name}", line) for name, line in _components("metric")]


@completion
def kinds(context: typer.Context, incomplete: str) -> Found:
    """Kinds of components, and components."""
    from ganforge.plugins import KINDS

    return [*((kind, "") for kind in KINDS), *_components()]


@completion
def shown(context: typer.Context, incomplete: str) -> Found:
    """Components and recipes."""
    return [*_components(), *((one.name, one.description) for one in _shipped())]


@completion
def plugins(context: typer.Context, incomplete: str) -> Found:
    """Plugins."""
    return [(one.name, one.origin) for one in _registry().plugins]


@completion
def trackers(context: typer.Context, incomplete: str) -> Found:
    """Plugins that watch runs."""
    return [*((one.name, one.origin) for one in _registry().plugins if one.is_tracker), ("none", "")]


@completion
def devices(context: typer.Context, incomplete: str) -> Found:
    """Complete devices."""
    return [("auto", "CUDA where there is a GPU"), ("cpu", ""), ("cuda", "")]


@completion
def modes(context: typer.Context, incomplete: str) -> Found:
    """Modes of batch norm."""
    return [("running", ""), ("batch", ""), ("recalibrated", "")]


@completion
def assignments(context: typer.Context, incomplete: str) -> Found:
    """Keys of the recipe that the command line names; when one is left, with what it may be, or is now."""
    recipe, schema = _recipe(context), _schema()
    present = dict(_leaves(recipe))
    if schema is None:
        known: dict[str, Mapping[str, Any]] = {name: {} for name in present}
    else:
        from ganforge.editor.keys import keys

        known = keys(recipe, schema)
    key = os.environ.get(KEY) or incomplete.partition("=")[0]
    near = [key] if key in known else [name for name in known if name.startswith(key)]
    if len(near) > 1:
        return [(f"{name}=", str(known[name].get("description", ""))) for name in near]
    found = _values(known[near[0]], schema) or [present.get(near[0], known[near[0]].get("default", ""))]
    before = "" if KEY in os.environ else f"{near[0]}="
    return [(f"{before}{value if isinstance(value, str) else json.dumps(value)}", "") for value in found]


# -- where it is looked up -----------------------------------------------------------------------------------------


def _registry() -> Any:
    from ganforge.plugins.registry import Registry

    return Registry()


def _shipped() -> Any:
    from ganforge.recipe.library import shipped_recipes

    return shipped_recipes(_registry())


def _components(kind: str | None = None) -> Found:
    return [(entry.name, entry.summary) for entry in _registry().entries(kind)]


def _schema() -> dict[str, Any] | None:
    from ganforge.editor.kept import kept
    from ganforge.folders import cache_folder

    return kept(_registry(), cache_folder())


def _named(context: typer.Context) -> str:
    """The recipe, study or run that the command line names; an option without a value keeps it from being parsed."""
    named = [context.params.get(name) for name in ("recipe", "study", "run")]
    first = next(filter(None, [*named, context.args]))
    return first if isinstance(first, str) else str(first[0])


def _recipe(context: typer.Context) -> dict[str, Any]:
    """The recipe that the command line means: by itself, as the base of a study, or as a run holds it."""
    from ganforge.folders import runs_folder
    from ganforge.recipe.library import find_recipe
    from ganforge.runs.directory import find as find_run

    name = _named(context)
    if context.info_name == "resume":
        name = str(find_run(name, runs_folder(_path(context.params.get("runs")))).recipe)
    recipe = _read(name)
    if "study" in recipe:
        base = find_recipe(name, _registry()).parent / recipe["study"]["base"]
        return _read(str(base) if base.is_file() else recipe["study"]["base"])
    return recipe


def _read(name: str) -> dict[str, Any]:
    """A recipe or study as it stands: a file, or what is shipped under a name."""
    import tomllib

    from ganforge.recipe.library import find_recipe

    return tomllib.loads(find_recipe(name, _registry()).read_text(encoding="utf-8-sig"))


def _path(text: Any) -> Path | None:
    return Path(text) if text else None


def _values(key: Mapping[str, Any], schema: Mapping[str, Any] | None) -> list[Any]:
    from ganforge.editor.keys import values

    return [] if schema is None else list(values(key, schema))


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted keys of a recipe, and their values where these are words, numbers, true or false."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "" if isinstance(value, list) else value
