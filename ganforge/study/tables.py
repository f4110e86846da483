"""The table of a study in every form: for terminals and pages, as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ganforge.judge import CIRCULAR
from ganforge.meaning import Meanings
from ganforge.report.numbers import clock, gibibytes, number
from ganforge.study.results import MEAN, Results, Row, Statistic

NOTHING = "-"
BEST = " *"
"""The mark of the best number of a column."""
CSV_HEAD = ("row", "title", "set", "metric", "part", "circular", "mean", "spread", "n")


@dataclass(frozen=True)
class Cell:
    """A cell of the table; `str` formats it for a terminal.

    Attributes:
        text: the number or text; empty if there is none.
        spread: the standard deviation over seeds, if the cell is a mean over runs.
        runs: the number of runs, likewise.
        mark: whether it is circular, or the best of its column.
        key: the number to sort by; None sorts behind all numbers.
        blank: the text of an empty cell on a terminal.
    """

    text: str = ""
    spread: str = ""
    runs: str = ""
    mark: str = ""
    key: float | None = None
    blank: str = ""

    def __str__(self) -> str:
        spread, runs = self.spread and f" ± {self.spread}", self.runs and f" ({self.runs})"
        return f"{self.text or self.blank}{spread}{runs}{self.mark}"

    @property
    def about(self) -> str:
        """The small print below the number on a page."""
        parts = [self.spread and f"± {self.spread}", self.runs and f"n {self.runs}"]
        return f"{', '.join(filter(None, parts))}{self.mark.removesuffix(BEST)}"


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        head: its name.
        cells: one for each row.
        about: the small print below the name on a page.
        title: its name on a terminal, if that is another.
    """

    head: str
    cells: list[Cell]
    about: str = ""
    title: str = ""


@dataclass(frozen=True)
class TextTable:
    """A table of text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def columns(results: Results) -> list[Column]:
    """Return the columns behind the title: means by image set, published numbers, other metrics, labels and costs."""
    rows, last = results.rows, results.image_set
    found = [Column(name, _ranked(results, name)) for name in results.study.columns]
    for name in results.references:
        given = [row.reference.get(name, "") for row in rows]
        cells = [Cell(one) if isinstance(one, str) else Cell(f"{one:g}", key=one) for one in given]
        found.append(Column(name, cells, "reference"))
    found += [Column(name, _ranked(results, last, name), last, f"{name}, {last}") for name in results.study.also]
    labels = [Cell(", ".join(row.labels) or "none", key=len(row.labels)) if row.finished else Cell() for row in rows]
    times = [Cell(clock(row.seconds.mean), key=row.seconds.mean) if row.seconds else Cell() for row in rows]
    found += [Column("labels", labels, "in losses"), Column("time", times, "of training")]
    for part, head in (("process", "memory"), ("gpu", "GPU memory")):
        sizes = [row.memory(part) for row in rows]
        if any(size is not None for size in sizes):
            cells = [Cell() if size is None else Cell(gibibytes(size), key=size) for size in sizes]
            found.append(Column(head, cells, "at most"))
    return found


def main_table(results: Results) -> TextTable:
    """Return the table with a row for each variant."""
    return _text(results, columns(results))


def judge_table(results: Results, sets: Sequence[str]) -> TextTable | None:
    """Return the table with a column for each image set and judge; None if there is no number of a judge."""
    found = []
    for name in sets:
        judges = (part.removesuffix(CIRCULAR) for row in results.rows for part in row.parts(name))
        for judge in dict.fromkeys(judges):
            marked = f"{judge}{CIRCULAR}"
            parts = [marked if marked in row.parts(name) else judge for row in results.rows]
            cells = [measured(row, name, part) for row, part in zip(results.rows, parts, strict=True)]
            found.append(Column(f"{name}, {judge}", cells))
    return _text(results, found) if found else None


def _text(results: Results, columns: Sequence[Column]) -> TextTable:
    usual = results.study.metric
    titles = [row.title if row.metric == usual else f"{row.title} ({row.metric})" for row in results.rows]
    cells = zip(titles, *(map(str, column.cells) for column in columns), strict=True)
    return TextTable(("", *(column.title or column.head for column in columns)), tuple(cells))


def _ranked(results: Results, image_set: str, metric: str | None = None) -> list[Cell]:
    """Return the cells of a column in which the best number is marked."""
    best = results.best(image_set, metric)
    cells = [(row, measured(row, image_set, MEAN, metric)) for row in results.rows]
    return [replace(cell, mark=cell.mark + BEST * (row in best)) for row, cell in cells]


def measured(row: Row, image_set: str, part: str = MEAN, metric: str | None = None) -> Cell:
    """Return the mean over runs: `81.20 ± 0.50 (3)`, or `(2 of 3)` where runs are missing."""
    found = row.statistic(image_set, part, metric)
    if found is None:
        # Only the first numbers of a row say why there are none.
        return Cell(blank=NOTHING if row.finished or part != MEAN or metric else ", ".join(row.unfinished) or NOTHING)
    is_share = row.meaning(metric).is_share
    return Cell(
        number(found.mean, is_share),
        "" if found.spread is None else number(found.spread, is_share),
        f"{found.n}" if found.n == len(row.runs) else f"{found.n} of {len(row.runs)}",
        CIRCULAR * found.circular,
        found.mean,
    )


def caption(results: Results) -> str:
    """Describe the columns."""
    unit = " in %" if results.meaning().is_share else ""
    images = ", ".join(f"{name} {count:,}" for name, count in results.images.items()) or "none yet"
    ranked = any(results.best(name) for name in results.study.columns)
    best = f"{BEST}: the best of a column; of rows without labels in the losses, where there are such." * ranked
    return (
        f"{results.study.metric}{unit}, of several judges their mean: mean ± sample standard deviation over seeds "
        f"(runs). Images: {images}. Labels: those that reached a loss. Time: of training, mean. Memory: the most.{best}"
    )


def remarks(results: Results) -> list[str]:
    """Return the remarks below the table: notes, circular numbers, missing runs, a search's best, machines."""
    rows = results.rows
    found = [f"{row.title}: {row.note}" for row in rows if row.note]
    if any(part.endswith(CIRCULAR) for row in rows for name in results.study.columns for part in row.parts(name)):
        found.append(f"A judge marked{CIRCULAR} took part in training: it proves nothing, and no mean includes it.")
    also = (row.statistic(results.image_set, metric=name) for row in rows for name in results.study.also)
    if any(one is not None and one.circular for one in also):
        found.append(f"A number marked{CIRCULAR} is read by a network that taught the run: it proves nothing.")
    found += [f"No numbers of {which}: {why}." for which, why in results.unfinished.items()]
    if results.is_search and rows and rows[0].finished:
        changes = rows[0].changes.items()
        values = {key: json.dumps(value) if isinstance(value, bool) else value for key, value in changes}
        chosen = " ".join(f"--set {shlex.quote(f'{key}={value}')}" for key, value in values.items())
        found.append(f"Best on validation images: {rows[0].name}, {chosen}")
    return found + [f"Trained on {machine}." for machine in dict.fromkeys(_machines(results))]


def _machines(results: Results) -> Iterator[str]:
    for row in results.rows:
        for run in row.finished.values():
            if run.facts:
                known, packages = run.facts.recorded("fingerprint"), run.facts.provenance["Packages"]
                version = f"ganforge {packages.get('ganforge', '?')}, torch {known.get('torch', '?')}"
                threads = f", {known['threads']} threads" if "threads" in known else ""
                yield f"{known.get('device name', '?')}{threads}, {known.get('precision', '?')}; {version}"


def markdown(results: Results) -> str:
    """Return the whole study as Markdown."""
    study = results.study
    by_judge = judge_table(results, study.columns)
    parts = [f"# {study.name}", study.description, caption(results), _markdown_table(main_table(results))]
    parts += ["## By judge", _markdown_table(by_judge)] if by_judge else []
    parts += ["\n".join(f"* {remark}" for remark in remarks(results))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_table(table: TextTable) -> str:
    lines = [table.head, (":--", *("--:" for _ in table.head[1:])), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def comma_separated(results: Results) -> str:
    """Return one line for each number: a row's mean, spread and n by image set, metric and part."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for row in results.rows:
        for image_set, metric, part, found in _numbers(results, row):
            # The csv module writes None as an empty field.
            about = (found.circular, found.mean, found.spread, found.n)
            writer.writerow([row.name, row.title, image_set, metric, part, *about])
    return stream.getvalue()


def as_data(results: Results) -> dict[str, Any]:
    """Return everything as JSON values."""
    study = results.study
    return {
        "study": study.name,
        "description": study.description,
        "metric": study.metric,
        "meanings": Meanings({name: results.meaning(name) for name in (study.metric, *study.also)}).as_data(),
        "seeds": study.seeds,
        "images": results.images,
        "rows": [_row(results, row) for row in results.rows],
        "remarks": remarks(results),
    }


def _row(results: Results, row: Row) -> dict[str, Any]:
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for image_set, metric, part, found in _numbers(results, row):
        cells.setdefault(image_set, {})[f"{metric}/{part}" if part else metric] = _statistic(found)
    return {
        **vars(row),
        "sets": cells,
        "labels_in_losses": row.labels,
        "seconds": _statistic(row.seconds) if row.seconds else None,
        "memory": {part: size for part in ("process", "gpu") if (size := row.memory(part)) is not None},
        "runs": {
            str(seed): {"run": run.name, "status": run.status, "reason": run.reason} for seed, run in row.runs.items()
        },
    }


def _numbers(results: Results, row: Row) -> Iterator[tuple[str, str, str, Statistic]]:
    """Yield every number of a row: image set, metric, part (empty for a metric of one value) and the statistic."""
    for image_set in results.study.columns:
        for metric in dict.fromkeys((row.metric, *results.study.also)):
            parts = row.parts(image_set, metric)
            for part in (MEAN, *parts):
                found = row.statistic(image_set, part, metric)
                if found is not None:
                    yield image_set, metric, part if parts else "", found


def _statistic(found: Statistic) -> dict[str, Any]:
    plain = {"mean": found.mean, "spread": found.spread, "n": found.n, "values": list(found.values)}
    return plain | ({"circular": True} if found.circular else {})
