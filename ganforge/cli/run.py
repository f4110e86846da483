"""`ganforge run`, `resume` and `evaluate`: train a recipe, continue a run that was stopped, measure one again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Run, Set, named_run, with_place
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

    Recipes that it builds on are trained first, unless finished runs of them are there.
    """
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    find_recipe(recipe, registry)  # a wrong name is answered before torch is imported, which takes seconds

    from ganforge.cli.panel import terminal_listener
    from ganforge.cli.tables import print_summary
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import run as run_recipe
    from ganforge.quantities.planner import load_plan

    plan = load_plan(recipe, set_ or [], registry)
    with terminal_listener(registry) as listener:
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
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps", min=1, help="Train to so many steps in all, more than its recipe has; of a finished run as well."
        ),
    ] = None,
    *,
    place: PlaceOptions,
) -> None:
    """Go on with a run that was stopped, or train one longer.

    The result is the same, to the bit, as if it had not been stopped.
    """
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    directory = named_run(run, place)
    registry = Registry()
    path = None if recipe is None else find_recipe(recipe, registry)
    if steps and any(text.startswith("train.steps=") for text in set_ or []):
        raise UsageError("--steps and --set train.steps both give a number of steps", fix="give one of them")

    from ganforge.cli.panel import terminal_listener
    from ganforge.cli.tables import print_summary
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import resume as resume_run
    from ganforge.recipe.check import read_recipe
    from ganforge.runs.stored_recipe import stored_recipe

    with terminal_listener(registry) as listener:
        resolved = resolve_place(registry, listener, **place)
        expected = None
        changes = [*(set_ or []), *([f"train.steps={steps}"] if steps else [])]
        if path is not None:
            expected = read_recipe(path, registry, changes)
        elif set_:
            expected = stored_recipe(directory, registry, changes)
        resume_run(directory, resolved, expected, steps)
    print_summary(directory)


@with_place("data", "runs", "cache", "device", "threads")
def evaluate(
    run: Run,
    batch_norm: Annotated[
        str | None,
        typer.Option(
            "--batch-norm",
            help="running, batch or recalibrated; by default the recipe's.",
            autocompletion=completion.modes,
        ),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metrics",
            metavar="NAME,...",
            help="Metrics to measure instead of the recipe's: names of its own, or of components; repeatable.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    *,
    place: PlaceOptions,
) -> None:
    """Measure a finished run again.

    All its test images are measured; the run's own record stays as it is.
    """
    directory = named_run(run, place)

    from ganforge.cli.panel import terminal_listener
    from ganforge.cli.tables import print_sets
    from ganforge.engine.place import resolve_place
    from ganforge.engine.remeasure import remeasure
    from ganforge.plugins.registry import Registry

    names = [name.strip() for text in metrics or [] for name in text.split(",")]
    registry = Registry()
    with terminal_listener(registry) as listener:
        resolved = resolve_place(registry, listener, **place)
        results = remeasure(directory, resolved, batch_norm, list(dict.fromkeys(filter(None, names))))
    print_sets(results.sets, results.meanings)
