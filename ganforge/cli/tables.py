"""Tables on the terminal: the metrics and summary of a run, compared runs, and the results of a study."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ganforge.errors import command
from ganforge.meaning import Meaning, Meanings
from ganforge.printable import printable
from ganforge.regular_file import read_regular
from ganforge.report.numbers import clock
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.study.comparison import Comparison
from ganforge.study.results import Results
from ganforge.study.tables import NOTHING, caption, judge_table, main_table, remarks

LONGEST = 60
"""Characters of a value that are shown."""
WIDEST = 1000
"""Columns of a table in a file or a pipe, where it is not folded."""


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its first column to the left and the others to the right."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for number, title in enumerate(head):
        table.add_column(escape(printable(title)), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(cell, None)) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDEST).print(table)


def print_sets(sets: Mapping[str, Mapping[str, float]], meanings: Meanings) -> None:
    """Print metrics, a column per image set."""
    head = [f"{name} ({int(values['images']):,} images)" for name, values in sets.items()]
    names = dict.fromkeys(key for values in sets.values() for key in values if key != "images")
    print_table(
        ["metric", *head],
        (
            [name, *(meanings[name].show(values[name]) if name in values else NOTHING for values in sets.values())]
            for name in names
        ),
    )


def print_summary(directory: RunDirectory) -> None:
    """Print the results of a finished run, and the next command."""
    metrics: Any = strict_json.loads(read_regular(directory.metrics))
    record = directory.read_record()
    meanings = Meanings.from_data(record.get("meanings"))
    print()
    print_sets(metrics["sets"], meanings)
    labels = ", ".join(metrics["labels_in_losses"]) or "none"
    select = metrics.get("select")
    chosen = f" for the {meanings[select].extreme} {select} on validation images" if select else ""
    kept = f"step {metrics['step']} of the training was kept{chosen}; {clock(metrics['seconds'])} of training"
    print(printable(kept))
    print(printable(f"batch norm at evaluation: {metrics['batch_norm']}; labels in the losses: {labels}"))
    print(f"run: {directory.path}")
    if directory.samples.is_dir():
        print(f"samples: {printable(max(directory.samples.iterdir(), default=directory.samples))}")
    if directory.report.exists():
        print(f"report: {directory.report}")
    print(f"next: {command('evaluate', directory.path)}")
    measures = record.get("measures", {})
    if measures.get("pictures_like"):
        reads_images = measures.get("input") in record.get("facts", {})
        verb, images = ("transfer", "IMAGES ") if reads_images else ("sample", "")
        print(f"      {command(verb, directory.path)} {images}-o FOLDER")


def print_comparison(found: Comparison) -> None:
    """Print the differences between runs, and their metrics, a column per run."""
    names = [Path(run).name for run in found.runs]
    heads = names if len(set(names)) == len(names) else found.runs
    sections = [("", {"status": found.statuses})] if set(found.statuses) != {"finished"} else []
    sections += found.differences.items()
    measured = [
        (name, {metric: list(_numbers(metric, found.meanings[metric], values)) for metric, values in metrics.items()})
        for name, metrics in found.metrics.items()
    ]
    for title, rows in [*sections, *measured]:
        print_table([title, *heads], ([name, *map(_short, values)] for name, values in rows.items()))
        print()
    if not found.differences:
        print("no difference in recipe, versions, data or machine\n")


def _numbers(metric: str, meaning: Meaning, values: Sequence[float | None]) -> Iterator[str]:
    """Yield values; each after the first is marked better or worse than that where the metric has a direction."""
    first = values[0]
    for value in values:
        if value is None:
            yield NOTHING
        elif metric == "images":
            yield f"{int(value):,}"
        elif first is None or meaning.better is None or not (value < first or value > first):
            yield meaning.show(value)
        else:
            yield f"{meaning.show(value)} {'better' if meaning.improves(value, first) else 'worse'}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def print_results(results: Results) -> None:
    """Print a study's tables and the remarks on them."""
    print(f"\n{printable(caption(results), None)}")
    # The tables of all image sets by judge are too wide for a terminal: they are in the files.
    for grid in (main_table(results), judge_table(results, [results.image_set])):
        if grid:
            print()
            print_table(grid.head, grid.rows)
    print()
    for remark in remarks(results):
        print(printable(f"* {remark}", None))
