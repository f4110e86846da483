"""`ganforge evaluate`: measure a finished run again, its own way, by other metrics or with another batch-norm mode."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Run, with_place
from ganforge.folders import PlaceOptions


@with_place("tracker")
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

    All its test images are measured; what the run has recorded stays as it is.
    """
    from ganforge.cli.panel import watching
    from ganforge.cli.summary import print_sets
    from ganforge.engine.place import resolve_place
    from ganforge.engine.remeasure import remeasure
    from ganforge.plugins.registry import Registry
    from ganforge.runs.directory import find

    named = [name.strip() for text in metrics or [] for name in text.split(",")]
    registry = Registry()
    with watching(registry) as listener:
        resolved = resolve_place(registry, listener, **place)
        directory = find(run, resolved.runs)
        results = remeasure(directory, resolved, batch_norm, list(dict.fromkeys(filter(None, named))))
    print_sets(results.sets, results.meanings)
