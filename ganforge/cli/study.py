"""`ganforge study`: variants of a recipe with several seeds, each run once, and the table of the results."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import set_option, with_place
from ganforge.folders import PlaceOptions


@with_place()
def study(
    study: Annotated[
        str, typer.Argument(help="A study file, or the name of a shipped study.", autocompletion=completion.studies)
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run only this row; repeatable.", autocompletion=completion.rows)
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Runs side by side.", show_default="one a GPU, or one")
    ] = None,
    set_: Annotated[
        list[str] | None, set_option("Change a key of every recipe, or of the study (study.seeds=[0]).")
    ] = None,
    *,
    place: PlaceOptions,
) -> None:
    """Run a study: a recipe, variants of it, and seeds.

    Every run is an ordinary one in a process of its own: finished runs are not run again, stopped ones are continued,
    and a crash costs only its own numbers. The table is in the study's folder too, as Markdown, CSV and JSON.
    """
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    path = find_recipe(study, registry)  # before torch is imported, which takes seconds

    from ganforge.cli.panel import warn_of_plugins
    from ganforge.cli.study_panel import watching_study
    from ganforge.cli.tables import print_results
    from ganforge.engine.place import resolve_place
    from ganforge.errors import RunError
    from ganforge.study.check import load_study
    from ganforge.study.processes import slots
    from ganforge.study.run import folder_of, run_study
    from ganforge.watching.listener import TextListener

    warn_of_plugins(registry)
    checked = load_study(path, registry, set_ or [])
    trackers, threads = place.pop("trackers", None), place.pop("threads", None)
    resolved = resolve_place(registry, TextListener(), **place)
    workers = slots(jobs, place.get("device", "auto"), threads)
    folder = folder_of(checked, resolved).path
    try:
        with watching_study() as listener:
            results = run_study(checked, resolved, workers, listener, only or [], trackers)
    finally:
        print(f"study: {folder}")
    print_results(results)
    failed = results.failed(only)
    if failed:
        raise RunError(
            f"{len(failed)} of the runs failed: {', '.join(failed)}",
            fix=f"see {folder / 'logs'}; the same command tries them again",
        )
