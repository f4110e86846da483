"""Tables of compared runs, one column per run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ganforge.cli.grid import print_grid
from ganforge.meaning import Meaning
from ganforge.study.comparison import Comparison
from ganforge.study.tables import NOTHING, TextTable

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
            [(metric, list(_numbers(metric, found.meanings[metric], values))) for metric, values in metrics.items()],
        )


def _print(title: str, heads: list[str], rows: Iterable[tuple[str, list[str]]]) -> None:
    cells = tuple((name, *(_short(value) for value in values)) for name, values in rows)
    print_grid(TextTable((title, *heads), cells))
    print()


def _numbers(metric: str, meaning: Meaning, values: Sequence[float | None]) -> Iterator[str]:
    """Yield values, each but the first with its verdict beside the first where the metric has a direction."""
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
