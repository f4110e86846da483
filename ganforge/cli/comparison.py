"""Tables of compared runs, one column per run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganforge.cli.grid import print_grid
from ganforge.meaning import Meanings
from ganforge.study.comparison import Comparison
from ganforge.study.tables import NOTHING, Grid

LONGEST = 60
"""Characters of a value that are shown."""


def print_comparison(found: Comparison) -> None:
    """Print what differs, and the metrics."""
    names = [Path(run).name for run in found.runs]
    heads = names if len(set(names)) == len(names) else found.runs
    if set(found.statuses) != {"finished"}:
        _print("", heads, [("status", found.statuses)])
    for section, rows in found.differences.items():
        _print(section, heads, rows.items())
    if not found.differences:
        print("no difference in recipe, versions, data or machine\n")
    for name, metrics in found.metrics.items():
        _print(
            name,
            heads,
            [
                (metric, [_number(found.meanings, metric, value) for value in values])
                for metric, values in metrics.items()
            ],
        )


def _print(title: str, heads: list[str], rows: Iterable[tuple[str, list[str]]]) -> None:
    cells = tuple((name, *(_short(value) for value in values)) for name, values in rows)
    print_grid(Grid((title, *heads), cells))
    print()


def _number(meanings: Meanings, metric: str, value: float | None) -> str:
    if value is None:
        return NOTHING
    if metric == "images":
        return f"{int(value):,}"
    return meanings[metric].show(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
