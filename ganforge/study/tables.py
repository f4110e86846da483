"""The tables of a study as rows of text: what the terminal and the Markdown file show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ganforge.judge import CIRCULAR
from ganforge.report.numbers import clock, gibibytes
from ganforge.study.results import MEAN, Results, Row, Statistic

NOTHING = "-"
BEST = " *"
"""The mark of the best number of a column."""


@dataclass(frozen=True)
class Grid:
    """A table of text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Column:
    head: str
    cell: Callable[[Row], str]


def main_table(results: Results) -> Grid:
    """A row for each variant: the mean over judges by image set, others' numbers, other metrics, labels, cost."""
    table = results.study.table
    last = table.sets[-1]
    columns = [_title(results)]
    columns += [_Column(name, _ranked(results, name)) for name in results.study.columns]
    for name in dict.fromkeys(name for row in results.rows for name in row.variant.reference):
        columns.append(_Column(name, _reference(name)))
    columns += [_Column(f"{name}, {last}", _ranked(results, last, name)) for name in table.also]
    columns.append(_Column("labels", lambda row: ", ".join(row.labels) or "none" * bool(row.finished)))
    columns.append(_Column("time", lambda row: clock(row.seconds.mean) if row.seconds else ""))
    for part, head in (("process", "memory"), ("gpu", "GPU memory")):
        if any(row.memory(part) for row in results.rows):
            columns.append(_Column(head, _memory(part)))
    return _grid(columns, results.rows)


def judge_table(results: Results, sets: Sequence[str]) -> Grid | None:
    """A row for each variant and a column for each image set and judge; None where no judge has said anything."""
    columns = [_title(results)]
    for name in sets:
        judges = (part.removesuffix(CIRCULAR) for row in results.rows for part in row.parts(name))
        columns += [_Column(f"{name}, {judge}", _judged(name, judge)) for judge in dict.fromkeys(judges)]
    return _grid(columns, results.rows) if len(columns) > 1 else None


def caption(results: Results) -> str:
    """What the columns are."""
    metric = results.study.table.metric
    unit = " in %" if results.meaning().is_share else ""
    images = ", ".join(f"{name} {count:,}" for name, count in results.images.items()) or "none yet"
    ranked = any(results.best(name) for name in results.study.columns)
    best = f"{BEST}: the best of a column; of rows without labels in the losses, where there are such." * ranked
    return (
        f"{metric}{unit}, of several judges their mean: mean ± sample standard deviation over seeds (runs). "
        f"Images: {images}. Labels: those that reached a loss. Time: of training, mean. Memory: the most.{best}"
    )


def remarks(results: Results) -> list[str]:
    """What a reader must know besides: notes, circular judges, missing runs, the best of a search, the machine."""
    found = [f"{row.variant.title}: {row.variant.note}" for row in results.rows if row.variant.note]
    sets = results.study.columns
    if any(part.endswith(CIRCULAR) for row in results.rows for name in sets for part in row.parts(name)):
        found.append(f"A judge marked{CIRCULAR} took part in training: it proves nothing, and no mean includes it.")
    last = results.study.table.sets[-1]
    also = [row.statistic(last, metric=name) for row in results.rows for name in results.study.table.also]
    if any(number is not None and number.circular for number in also):
        found.append(f"A number marked{CIRCULAR} is read by a network that taught the run: it proves nothing.")
    found += [f"No numbers of {which}: {why}." for which, why in results.unfinished.items()]
    if results.study.search is not None and results.rows and results.rows[0].finished:
        best = results.rows[0].variant
        values = {key: json.dumps(value) if isinstance(value, bool) else value for key, value in best.changes.items()}
        chosen = " ".join(f"--set {key}={value}" for key, value in values.items())
        found.append(f"Best on validation images: {best.name}, {chosen}")
    return found + _machines(results)


def _machines(results: Results) -> list[str]:
    """Where the numbers come from."""
    found: dict[str, None] = {}
    for row in results.rows:
        for run in row.finished:
            known = run.machine.get("fingerprint") or {}
            packages = (run.machine.get("environment") or {}).get("packages") or {}
            version = f"ganforge {packages.get('ganforge', '?')}, torch {known.get('torch', '?')}"
            threads = f", {known['threads']} threads" if "threads" in known else ""
            found[f"{known.get('device name', '?')}{threads}, {known.get('precision', '?')}; {version}"] = None
    return [f"Trained on {machine}." for machine in found]


def _title(results: Results) -> _Column:
    usual = results.study.table.metric

    def cell(row: Row) -> str:
        own = row.variant.metric
        return row.variant.title if own == usual else f"{row.variant.title} ({own})"

    return _Column("", cell)


def _cell(image_set: str, part: str | None = None, metric: str | None = None) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        found = row.statistic(image_set, part or MEAN, metric)
        if found is None:
            states = dict.fromkeys(run.status for run in row.runs.values() if run.status != "finished")
            return NOTHING if row.finished or part or metric else ", ".join(states) or NOTHING
        return _shown(found, row.meaning(metric).is_share, len(row.runs))

    return cell


def _ranked(results: Results, image_set: str, metric: str | None = None) -> Callable[[Row], str]:
    """Return the cells of a column in which the best number is marked."""
    best, cell = results.best(image_set, metric), _cell(image_set, metric=metric)
    return lambda row: cell(row) + BEST * (row in best)


def _judged(image_set: str, judge: str) -> Callable[[Row], str]:
    """The number that a judge gives, and whether it took part in training."""

    def cell(row: Row) -> str:
        marked = f"{judge}{CIRCULAR}"
        return _cell(image_set, marked if marked in row.parts(image_set) else judge)(row)

    return cell


def _shown(found: Statistic, share: bool, runs: int) -> str:
    """`81.20 ± 0.50 (3)`; `(2 of 3)` where runs are missing."""
    spread = "" if found.spread is None else f" ± {number(found.spread, share)}"
    runs_counted = found.n if found.n == runs else f"{found.n} of {runs}"
    return f"{number(found.mean, share)}{spread} ({runs_counted}){CIRCULAR * found.circular}"


def number(value: float, share: bool) -> str:
    """A number of a table; a share in percent."""
    return f"{100 * value:.2f}" if share else f"{value:.4g}"


def _reference(name: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        value = row.variant.reference.get(name, "")
        return value if isinstance(value, str) else f"{value:g}"

    return cell


def _memory(part: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        size = row.memory(part)
        return "" if size is None else gibibytes(size)

    return cell


def _grid(columns: list[_Column], rows: Iterable[Row]) -> Grid:
    return Grid(
        tuple(column.head for column in columns), tuple(tuple(column.cell(row) for column in columns) for row in rows)
    )
