"""Shell completion of recipes, components, runs and keys; imports no component.

On any error, return no completions and print nothing: the shell cannot display messages.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import typer

from ganforge.folders import cache_folder, runs_folder

Found = list[tuple[str, str]]
Completion = Callable[[typer.Context, str], Found]

VARIABLE = "_GANFORGE_COMPLETE"
KEY = "_GANFORGE_COMPLETED_KEY"


def rejoin() -> None:
    """Join `--set key=value` again, which bash passes as three words and replaces the last of."""
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


# -- sources of names --------------------------------------------------------------------------------------------------


def _registry() -> Any:
    from ganforge.plugins.registry import Registry

    return Registry()


def _components(kind: str | None = None) -> Found:
    return [(entry.name, entry.summary) for entry in _registry().entries(kind)]


def _made() -> Found:
    return [(one.name, one.summary) for one in _registry().entries() if one.component.weights_source]


def _kinds() -> Found:
    from ganforge.plugins import KINDS

    return [(kind, "") for kind in KINDS]


def _plugins(watching: bool = False) -> Found:
    return [(one.name, one.origin) for one in _registry().plugins if one.is_tracker or not watching]


def _shipped(recipes: bool = True, studies: bool = True) -> Found:
    from ganforge.recipe.library import shipped_recipes

    found = shipped_recipes(_registry())
    return [(one.name, one.description) for one in found if (studies if one.is_study else recipes)]


def _runs(context: typer.Context) -> Found:
    from ganforge.runs.directory import list_runs

    return [(run.name, run.status) for run in list_runs(runs_folder(context.params.get("runs")))]


def _rows(context: typer.Context) -> Found:
    variants = _read(_named(context)).get("variants", {})
    return [(name, str(row.get("title", ""))) for name, row in variants.items()]


def _metrics(context: typer.Context, incomplete: str) -> Found:
    before = incomplete[: incomplete.rfind(",") + 1]  # several may be given with commas
    return [(f"{before}{name}", line) for name, line in _components("metric")]


def _assignments(context: typer.Context, incomplete: str) -> Found:
    """Return the keys of the named recipe; a single match comes with its choices, or with its present value."""
    from ganforge.editor.keys import keys, values
    from ganforge.editor.schema_cache import cached

    recipe, schema = _recipe(context), cached(_registry(), cache_folder())
    present = dict(_leaves(recipe))
    known: Mapping[str, Mapping[str, Any]] = keys(recipe, schema) if schema else {name: {} for name in present}
    key = os.environ.get(KEY) or incomplete.partition("=")[0]
    near = [key] if key in known else [name for name in known if name.startswith(key)]
    if len(near) > 1:
        return [(f"{name}=", str(known[name].get("description", ""))) for name in near]
    choices = values(known[near[0]], schema) if schema else []
    found = choices or [present.get(near[0], known[near[0]].get("default", ""))]
    before = "" if KEY in os.environ else f"{near[0]}="
    return [(f"{before}{value if isinstance(value, str) else json.dumps(value)}", "") for value in found]


# -- the recipe on the command line ------------------------------------------------------------------------------------


def _named(context: typer.Context) -> str:
    """Return the recipe, study or run on the command line; an option without a value keeps it from being parsed."""
    named = [context.params.get(name) for name in ("recipe", "study", "run")]
    first = next(filter(None, [*named, context.args]))
    return first if isinstance(first, str) else str(first[0])


def _recipe(context: typer.Context) -> dict[str, Any]:
    """Return the recipe on the command line: a file, the base of a study, or the recipe of a run."""
    from ganforge.recipe.library import find_recipe
    from ganforge.runs.directory import find_run

    name = _named(context)
    if context.info_name == "resume":
        name = str(find_run(name, runs_folder(context.params.get("runs"))).recipe)
    recipe = _read(name)
    if "study" in recipe:
        base = find_recipe(name, _registry()).parent / recipe["study"]["base"]
        return _read(str(base) if base.is_file() else recipe["study"]["base"])
    return recipe


def _read(name: str) -> dict[str, Any]:
    from ganforge.recipe.library import find_recipe

    return tomllib.loads(find_recipe(name, _registry()).read_text(encoding="utf-8-sig"))


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of a recipe with their values; a list counts as empty."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "" if isinstance(value, list) else value


# -- completions -------------------------------------------------------------------------------------------------------


def _completion(find: Callable[[typer.Context, str], Iterable[tuple[str, str]]]) -> Completion:
    """Turn a function that lists names, each with a line on it, into a completion."""

    def complete(context: typer.Context, incomplete: str) -> Found:
        with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
            return [(text, line) for text, line in find(context, incomplete) if text.startswith(incomplete)]
        return []

    return complete


recipes = _completion(lambda *_: _shipped(studies=False))
studies = _completion(lambda *_: _shipped(recipes=False))
recipes_and_studies = _completion(lambda *_: _shipped())
rows = _completion(lambda context, _: _rows(context))
runs = _completion(lambda context, _: _runs(context))
components_and_kinds = _completion(lambda *_: [*_kinds(), *_components()])
components_and_recipes = _completion(lambda *_: [*_components(), *_shipped()])
downloads = _completion(lambda *_: [*_components("dataset"), *_made()])
metrics = _completion(_metrics)
plugins = _completion(lambda *_: _plugins())
trackers = _completion(lambda *_: [*_plugins(watching=True), ("none", "")])
devices = _completion(lambda *_: [("auto", "CUDA where there is a GPU"), ("cpu", ""), ("cuda", "")])
modes = _completion(lambda *_: [("running", ""), ("batch", ""), ("recalibrated", "")])
assignments = _completion(_assignments)
