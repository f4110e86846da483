"""`ganforge run` and `ganforge resume`: train a recipe, or go on with a run that was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Run, Set, with_place
from ganforge.folders import PlaceOptions


@with_place()
def run(
    recipe: Annotated[
        str, typer.Argument(help="A recipe file, or the name of a shipped recipe.", autocompletion=completion.recipes)
    ],
    set_: Set = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The run directory; an unfinished run in it is continued.")
    ] = None,
    *,
    place: PlaceOptions,
) -> None:
    """Train a recipe and measure the result.

    What the recipe builds on is trained first, where no finished run of it is there.
    """
    from ganforge.cli.load_plan import load_plan
    from ganforge.cli.panel import watching
    from ganforge.cli.summary import print_summary
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import run as run_recipe
    from ganforge.plugins.registry import Registry

    registry = Registry()
    plan = load_plan(recipe, set_ or [], registry)
    with watching(registry) as listener:
        directory = run_recipe(plan, resolve_place(registry, listener, **place), out)
    print_summary(directory)


@with_place()
def resume(
    run: Run,
    recipe: Annotated[
        str | None,
        typer.Argument(
            help="The recipe that it should be of; refused when it differs.", autocompletion=completion.recipes
        ),
    ] = None,
    set_: Set = None,
    *,
    place: PlaceOptions,
) -> None:
    """Go on with a run that was stopped.

    The result is the same, to the bit, as if it had not been.
    """
    from ganforge.cli.panel import watching
    from ganforge.cli.summary import print_summary
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import resume as resume_run
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.check import read_recipe, read_stored_recipe
    from ganforge.recipe.library import find_recipe
    from ganforge.runs.directory import find

    registry = Registry()
    with watching(registry) as listener:
        resolved = resolve_place(registry, listener, **place)
        directory = find(run, resolved.runs)
        believed = None
        if recipe is not None or set_:
            if recipe is None:
                believed = read_stored_recipe(directory.recipe, registry, set_ or [])
            else:
                believed = read_recipe(find_recipe(recipe, registry), registry, set_ or [])
        resume_run(directory, resolved, believed)
    print_summary(directory)
