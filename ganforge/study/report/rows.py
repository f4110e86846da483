"""Rows of the table on a study's page: cells to sort by, and the details that each row opens to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ganforge.judge import CIRCULAR, is_circular
from ganforge.report import html
from ganforge.report.numbers import number
from ganforge.study.results import MEAN, Results, Row


@dataclass(frozen=True)
class Tag:
    """A label that a reader sees beside the title of a row.

    Attributes:
        text: a word or two, such as `circular`.
        about: a sentence.
        bad: True if it is a reason to be careful.
    """

    text: str
    about: str
    bad: bool


@dataclass(frozen=True)
class Block:
    """The numbers of a row on one image set: a line for each seed and one for the mean, a column for each judge.

    Attributes:
        image_set: the image set, with the mode of batch norm if it is not the runs' own.
        heads: judges, or the metric, each with True if its numbers are circular.
        lines: titles and numbers.
    """

    image_set: str
    heads: list[tuple[str, bool]]
    lines: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Entry:
    """A row of the table.

    Attributes:
        row: its description and runs.
        metric: its metric, if it is not the study's.
        tags: labels beside the title.
        changes: what it changes besides what all rows change: keys and values.
        blocks: its numbers by seed and judge.
        links: the addresses of its runs' reports by seed, if there are any.
    """

    row: Row
    metric: str
    tags: list[Tag]
    changes: list[tuple[str, str]]
    blocks: list[Block]
    links: dict[int, str | None]


def entries(results: Results, folder: Path) -> list[Entry]:
    """Return the rows of the table.

    Args:
        results: the study's.
        folder: the page's folder, for links.
    """
    return [
        Entry(
            row,
            "" if row.metric == results.study.metric else row.metric,
            list(_tags(results, row)),
            _own_changes(results, row),
            list(_blocks(results, row)),
            {seed: html.link(facts.run.report, folder) for seed, facts in row.facts.items()},
        )
        for row in results.rows
    ]


def _own_changes(results: Results, row: Row) -> list[tuple[str, str]]:
    shared = results.study.set
    changes = [(key, value) for key, value in row.changes.items() if key not in shared or shared[key] != value]
    base = [("base", row.base)] if row.base else []
    return base + [(key, json.dumps(value, ensure_ascii=False, default=str)) for key, value in changes]


def _tags(results: Results, row: Row) -> Iterator[Tag]:
    if row in results.best(results.image_set):
        yield Tag("best", f"the best {row.metric} on {results.image_set}", False)
    if results.is_circular(row):
        about = "computed by a network that took part in training: it proves nothing, and no mean of others includes it"
        yield Tag("circular", about, True)
    if results.uses_labels(row):
        yield Tag("supervised", "labels reached a loss", False)
    for state, count in row.unfinished.items():
        text = state if count == len(row.runs) else f"{count} {state}"
        yield Tag(text, f"{count} of {len(row.runs)} runs: {state}", state not in ("not run", "running"))
    if row.warnings:
        yield Tag("warned", "ganforge warned while it trained", True)


def _blocks(results: Results, row: Row) -> Iterator[Block]:
    is_share = row.meaning().is_share
    for name in results.study.columns:
        parts = row.parts(name)
        found = row.statistic(name)
        if found is None and not parts:
            continue
        lines = []
        by_seed = {f"seed {seed}": replace(row, runs={seed: run}) for seed, run in row.finished.items()}
        for title, part_row in {**by_seed, "mean": row}.items():
            numbers = [part_row.statistic(name, part) for part in (*parts, MEAN)]
            lines.append((title, [number(one.mean, is_share) if one else "" for one in numbers]))
        heads = [(part.removesuffix(CIRCULAR), is_circular(part)) for part in parts]
        total = ("mean" if parts else row.metric, found is not None and found.circular)
        yield Block(name, [*heads, total], lines)
