"""What a study's page is made of: its results, and what each of its runs left behind, read once."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ganforge.errors import RunError
from ganforge.judge import CIRCULAR, is_circular
from ganforge.meaning import Meanings
from ganforge.report.facts import Facts
from ganforge.report.warned import Warned, warnings
from ganforge.runs import journal
from ganforge.runs.directory import RunDirectory, is_run
from ganforge.study.files import StudyFolder
from ganforge.study.kept import read_kept
from ganforge.study.results import Results, Row, RunResult

MOST_SHOWN = 24
"""Rows that a page has room for pictures and curves of."""


@dataclass(frozen=True)
class Material:
    """A study and its runs.

    Attributes:
        folder: the study's.
        results: its numbers.
        runs: by name, what each run says of itself; those without a directory are left out.
        journals: by name, the records of each of these.
    """

    folder: StudyFolder
    results: Results
    runs: dict[str, Facts]
    journals: dict[str, list[dict[str, Any]]]

    @property
    def image_set(self) -> str:
        """The set that the answer is about: the last of the study's."""
        return self.results.study.table.sets[-1]

    @cached_property
    def distinct(self) -> dict[str, RunResult]:
        """All runs of all rows, there or not, each once, by name."""
        return {run.name: run for row in self.results.rows for run in row.runs.values()}

    @cached_property
    def meanings(self) -> Meanings:
        """The meanings of the metrics of all runs."""
        return Meanings({name: meaning for facts in self.runs.values() for name, meaning in facts.meanings.items()})

    @cached_property
    def loss_meanings(self) -> Meanings:
        """The meanings of the loss terms and monitors of all runs."""
        return Meanings({name: one for facts in self.runs.values() for name, one in facts.loss_meanings.items()})

    @property
    def ranks(self) -> bool:
        """True if the study says which row is best: by a metric with a direction, or as a search does."""
        return self.results.meaning().better is not None or self.results.study.search is not None

    @cached_property
    def ranked(self) -> list[Row]:
        """The rows that have a number of the study's metric, in the order of a search, or the best (highest) first."""
        means = {
            row.variant.name: found.mean
            for row in self.results.rows
            if row.variant.metric == self.results.study.table.metric and (found := row.statistic(self.image_set))
        }
        rows = [row for row in self.results.rows if not math.isnan(means.get(row.variant.name, math.nan))]
        sign = 1 if self.results.meaning().better == "lower" else -1
        return rows if self.results.study.search else sorted(rows, key=lambda row: sign * means[row.variant.name])

    @cached_property
    def shown_rows(self) -> list[tuple[int, Row]]:
        """The rows to show pictures and curves of, with their places in the table: those with runs of their own."""
        found: dict[tuple[str, ...], tuple[int, Row]] = {}
        for place, row in enumerate(self.results.rows):
            found.setdefault(tuple(run.name for run in row.runs.values()), (place, row))
        return list(found.values())[:MOST_SHOWN]

    @cached_property
    def judges(self) -> list[str]:
        """All judges of the study's metric, without the mark of those that took part in training."""
        parts = (part for row in self.results.rows for name in self.results.study.columns for part in row.parts(name))
        return list(dict.fromkeys(plain(part) for part in parts))

    @cached_property
    def references(self) -> list[str]:
        """The columns of others' numbers."""
        return list(dict.fromkeys(name for row in self.results.rows for name in row.variant.reference))

    @cached_property
    def ceiling(self) -> str | None:
        """The metric that bounds what a faithful result reaches, if the runs know one."""
        known = (facts.told("measures").get("ceiling") for facts in self.runs.values())
        return next((str(name) for name in known if name), None)

    def uses_labels(self, row: Row) -> bool:
        """Whether labels reached a loss of this row, in a study where that is not so of all rows."""
        return bool(row.labels) and any(other.finished and not other.labels for other in self.results.rows)

    def is_circular(self, row: Row) -> bool:
        """Return whether a number of this row comes from a network that took part in training."""
        columns = self.results.study.columns
        known = (found for name in columns if (found := row.statistic(name)))
        return any(found.circular for found in known) or any(
            is_circular(part) for name in columns for part in row.parts(name)
        )

    def warnings(self, row: Row) -> list[tuple[int, Warned]]:
        """What was warned of while the row trained, with the seed."""
        return [(seed, one) for seed, run in row.runs.items() for one in warnings(self.journals.get(run.name, []))]


def gather(folder: StudyFolder) -> Material:
    """Read all that a page shows.

    Raises:
        RunError: a file of the study is damaged, or all of its finished runs are gone.
    """
    results = read_kept(folder)
    runs: dict[str, Facts] = {}
    journals: dict[str, list[dict[str, Any]]] = {}
    for name in {run.name: None for row in results.rows for run in row.runs.values()}:
        directory = RunDirectory(folder.path.parent / name)
        # What is damaged is a row's failed run, and takes no page with it.
        with suppress(RunError):
            if is_run(directory.path):
                runs[name], journals[name] = Facts(directory), journal.read(directory.journal)
    return Material(folder, results, runs, journals)


def plain(part: str) -> str:
    """A judge's name without the mark of one that took part in training."""
    return part.removesuffix(CIRCULAR)
