"""The verbs on recipe files, `recipes`, `copy`, `check` and `schema`: list, copy and check them, and help editors."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Cache, Set
from ganforge.errors import Problem, RecipeError, UsageError
from ganforge.folders import cache_folder, data_folder
from ganforge.printable import printable


def recipes() -> None:
    """List the shipped recipes."""
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import shipped_recipes

    found = shipped_recipes(Registry())
    width = max((len(recipe.name) for recipe in found), default=0)
    for recipe in found:
        print(printable(f"{recipe.name:<{width}}  {recipe.description}".rstrip(), None))


def copy(
    recipe: Annotated[
        str, typer.Argument(help="The name of a shipped recipe.", autocompletion=completion.recipes_and_studies)
    ],
    target: Annotated[Path, typer.Argument(help="A folder, or a new file.")] = Path(),
) -> None:
    """Copy a shipped recipe, and those that it builds on, to edit them.

    They keep their places relative to each other. A recipe that is there already is left alone if it is the same, and
    nothing is copied if it is not. The schema by which editors complete and check them is written beside them.
    """
    from ganforge.editor.schema_cache import NAME, cached_or_built
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import companions, find_recipe

    registry = Registry()
    source = find_recipe(recipe, registry).resolve()
    originals = [source, *(path.resolve() for path in companions(source))]
    root = Path(os.path.commonpath([path.parent for path in originals]))
    if target.suffix == ".toml":
        if root != source.parent:
            raise UsageError(f"{recipe!r} builds on recipes in other folders", fix="copy to a folder, not to a file")
        copies = {path: target.parent / path.relative_to(root) for path in originals} | {source: target}
    else:
        copies = {path: target / path.relative_to(root) for path in originals}
    there = {original: path for original, path in copies.items() if path.exists()}
    taken = [str(new) for old, new in there.items() if not new.is_file() or new.read_bytes() != old.read_bytes()]
    if taken:
        raise UsageError(f"{', '.join(taken)} would be overwritten", fix="copy to another folder")
    for original, path in copies.items() - there.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, path)
    asking = [path for path in copies.values() if path.read_bytes().startswith(f"#:schema {NAME}\n".encode())]
    schemas = list(dict.fromkeys(path.with_name(NAME) for path in asking))
    for path in schemas:
        path.write_text(cached_or_built(registry, cache_folder()), encoding="utf-8")
    print(*copies.values(), *schemas, sep="\n")


def check(
    recipe: Annotated[
        list[str],
        typer.Argument(
            help="Recipe or study files, or names of shipped ones.", autocompletion=completion.recipes_and_studies
        ),
    ],
    set_: Set = None,
) -> None:
    """Find every mistake in recipes and studies, without running them.

    Looks at keys, types, components, losses and phases, and at the recipes that these build on; not at data. Where the
    size of all images is known, networks are tried out on black ones; a note names the data for which it is not.
    """
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    paths = {name: find_recipe(name, registry) for name in recipe}  # before torch is imported, which takes seconds

    from ganforge.engine.rehearsal import rehearse_blindly
    from ganforge.quantities.planner import load_plan
    from ganforge.recipe.document import read_document
    from ganforge.study.check import load_study

    problems: list[Problem] = []
    for name, path in paths.items():
        try:
            if "study" in read_document(path).data:
                study = load_study(path, registry, set_ or [])
                more = f" and up to {study.open} that are suggested on the way" if study.open else ""
                print(f"{name}: no mistakes; {len(study.variants)} rows{more}, {len(study.table.seeds)} seeds")
                continue
            plan = load_plan(name, set_ or [], registry)
            unfit, unknown = rehearse_blindly(plan, data_folder().absolute())
            if unfit:
                raise RecipeError(unfit)
            terms = ", ".join(term.name for phase in plan.phases for term in phase.terms)
            print(printable(f"{name}: no mistakes; minimises {terms}; recipe {plan.recipe.hash}", None))
            if unknown:
                which = printable(", ".join(unknown), None)
                print(f"note: networks are tried out when it runs, as only files tell the sizes of {which}")
        except RecipeError as error:
            problems += error.problems
    if problems:
        raise RecipeError(list(dict.fromkeys(problems)))


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file to write, or its folder.", show_default="standard output"),
    ] = None,
    cache: Cache = None,
) -> None:
    """Write the JSON Schema of recipes and studies.

    It knows the components that are installed now: write it again when plugins have changed. An editor that
    reads lines such as `#:schema ganforge.schema.json` completes and checks recipes that begin with it.
    """
    from ganforge import atomic
    from ganforge.editor.schema_cache import NAME, build
    from ganforge.plugins.registry import Registry

    text, problems = build(Registry(), cache_folder(cache))
    for problem in problems:
        print(f"warning: left out: {problem}", file=sys.stderr)
    if out is None:
        print(text, end="")
        return
    path = out / NAME if out.is_dir() else out
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_file(path, text.encode())
    print(path)
