"""The table of a study as its page shows it: cells that can be sorted by, and what each row opens to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ganforge.judge import CIRCULAR, is_circular
from ganforge.report import html
from ganforge.report.numbers import clock, gibibytes
from ganforge.report.warned import Warned
from ganforge.study.report.material import Material, plain
from ganforge.study.results import MEAN, Row, RunResult, Statistic
from ganforge.study.tables import number


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        head: what it is called.
        about: what it is, in small.
    """

    head: str
    about: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: what it says; empty where there is nothing to say.
        about: what belongs to it, in small.
        key: what to sort by; None stands behind all numbers.
    """

    text: str = ""
    about: str = ""
    key: float | None = None


@dataclass(frozen=True)
class Mark:
    """What a reader must know of a row at once.

    Attributes:
        text: in a word or two, such as `circular`.
        about: in a sentence.
        bad: whether it is a reason to be careful.
    """

    text: str
    about: str
    bad: bool


@dataclass(frozen=True)
class Block:
    """The numbers of a row on one image set: a line for each seed and one for the mean, a column for each judge.

    Attributes:
        image_set: the set, with the mode of batch norm where it is not the runs' own.
        heads: judges, or the metric, each with whether it took part in training.
        lines: what each is of, and its numbers.
    """

    image_set: str
    heads: list[tuple[str, bool]]
    lines: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Run:
    """A run of a row.

    Attributes:
        seed: its seed.
        name: its name.
        link: the address of its own report, or None.
        told: its status, or what it took.
        reason: why it is not finished, if that is known.
        finished: whether it is.
    """

    seed: int
    name: str
    link: str | None
    told: str
    reason: str
    finished: bool


@dataclass(frozen=True)
class Entry:
    """A row of the table.

    Attributes:
        name: in the study file.
        title: what it is called.
        metric: where it is not that of the table.
        marks: what a reader must know at once.
        cells: of all columns.
        note: a remark.
        changes: what it changes of the base recipe besides what all rows change: key and value.
        blocks: its numbers by seed and judge.
        runs: its runs.
        warnings: what was warned of, with the seed.
    """

    name: str
    title: str
    metric: str
    marks: list[Mark]
    cells: list[Cell]
    note: str
    changes: list[tuple[str, str]]
    blocks: list[Block]
    runs: list[Run]
    warnings: list[tuple[int, Warned]]


def columns(material: Material) -> list[Column]:
    """The columns behind the row's title."""
    results = material.results
    table = results.study.table
    found = [Column(name) for name in results.study.columns]
    found += [Column(name, "reference") for name in material.references]
    found += [Column(name, table.sets[-1]) for name in table.also]
    found += [Column("labels", "in losses"), Column("time", "of training")]
    found += [Column(head, "at most") for _, head in _memories(material)]
    return found


def entries(material: Material, folder: Path) -> list[Entry]:
    """The rows.

    Args:
        material: the study and its runs.
        folder: where the page will lie, for links.
    """
    usual = material.results.study.table.metric
    return [
        Entry(
            row.variant.name,
            row.variant.title,
            "" if row.variant.metric == usual else row.variant.metric,
            list(_marks(material, row)),
            list(_cells(material, row)),
            row.variant.note,
            own_changes(material, row),
            list(_blocks(material, row)),
            [_run(material, seed, run, folder) for seed, run in row.runs.items()],
            material.warnings(row),
        )
        for row in material.results.rows
    ]


def own_changes(material: Material, row: Row) -> list[tuple[str, str]]:
    """What a row changes besides what all rows change: key and value, another base recipe included."""
    shared = material.results.study.table.set
    changes = [(key, value) for key, value in row.variant.changes.items() if key not in shared or shared[key] != value]
    given = material.results.study.document.data.get("variants", {}).get(row.variant.name, {})
    base = [("base", Path(str(given["base"])).name)] if "base" in given else []
    return base + [(key, json.dumps(value, ensure_ascii=False, default=str)) for key, value in changes]


def _marks(material: Material, row: Row) -> Iterator[Mark]:
    if row in material.results.best(material.image_set):
        yield Mark("best", f"the best {row.variant.metric} on {material.image_set}", False)
    if material.is_circular(row):
        about = "a network that took part in training says so: that proves nothing, and no mean of others includes it"
        yield Mark("circular", about, True)
    if material.uses_labels(row):
        yield Mark("supervised", "labels reached a loss", False)
    states = Counter(run.status for run in row.runs.values() if run.status != "finished")
    for state, count in states.items():
        text = state if count == len(row.runs) else f"{count} {state}"
        yield Mark(text, f"{count} of {len(row.runs)} runs: {state}", state not in ("not run", "running"))
    if material.warnings(row):
        yield Mark("warned", "ganforge warned while it trained", True)


def _cells(material: Material, row: Row) -> Iterator[Cell]:
    study = material.results.study
    share = row.meaning().is_share
    for name in study.columns:
        yield _statistic(row.statistic(name), share, len(row.runs))
    for name in material.references:
        value = row.variant.reference.get(name, "")
        yield Cell(value) if isinstance(value, str) else Cell(f"{value:g}", key=value)
    for metric in study.table.also:
        yield _statistic(row.statistic(study.table.sets[-1], MEAN, metric), row.meaning(metric).is_share, len(row.runs))
    yield Cell(", ".join(row.labels) or "none" * bool(row.finished), key=len(row.labels) if row.finished else None)
    yield Cell(clock(row.seconds.mean), key=row.seconds.mean) if row.seconds else Cell()
    for part, _ in _memories(material):
        size = row.memory(part)
        yield Cell() if size is None else Cell(gibibytes(size), key=size)


def _statistic(found: Statistic | None, share: bool, runs: int) -> Cell:
    if found is None:
        return Cell()
    spread = "" if found.spread is None else f"± {number(found.spread, share)}, "
    missing = "" if found.n == runs else f" of {runs}"
    return Cell(number(found.mean, share), f"{spread}n {found.n}{missing}{CIRCULAR * found.circular}", found.mean)


def _memories(material: Material) -> list[tuple[str, str]]:
    """The kinds of memory that are known of any run, and what they are called."""
    kinds = (("process", "memory"), ("gpu", "GPU memory"))
    return [kind for kind in kinds if any(row.memory(kind[0]) for row in material.results.rows)]


def _blocks(material: Material, row: Row) -> Iterator[Block]:
    metric, share = row.variant.metric, row.meaning().is_share
    for name in material.results.study.columns:
        parts = row.parts(name)
        found = row.statistic(name)
        if found is None and not parts:
            continue
        shown = [*parts, MEAN] if parts else [MEAN]
        by_run = {seed: Row(row.variant, {seed: run}) for seed, run in row.runs.items() if run.status == "finished"}
        lines = [
            (f"seed {seed}", [_number(one.statistic(name, part), share) for part in shown])
            for seed, one in by_run.items()
        ]
        lines.append(("mean", [_number(row.statistic(name, part), share) for part in shown]))
        heads = [(plain(part), is_circular(part)) for part in parts]
        yield Block(name, [*heads, ("mean" if parts else metric, found is not None and found.circular)], lines)


def _number(found: Statistic | None, share: bool) -> str:
    return "" if found is None else number(found.mean, share)


def _run(material: Material, seed: int, run: RunResult, folder: Path) -> Run:
    facts = material.runs.get(run.name)
    link = html.link(facts.run.report, folder) if facts else None
    finished = run.status == "finished"
    told = run.status
    if finished and facts:
        steps = f"step {run.metrics.get('step')} of {facts.of('train', 'steps')} kept"
        told = f"{steps}, {clock(float(run.metrics['seconds']))}"
    return Run(seed, run.name, link, told, run.reason, finished)
