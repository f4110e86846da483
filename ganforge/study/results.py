"""Results of a study as plain data: its rows, each with the numbers of its runs by seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ganforge.judge import CIRCULAR, counted, is_circular
from ganforge.meaning import Meaning
from ganforge.report.facts import Facts, Warned, table
from ganforge.study.schema import Changes, StudyTable

MEAN = "mean"
"""The part of a metric that is the mean over the judges that took no part in training, or over all if all did."""


@dataclass(frozen=True)
class Statistic:
    """A number measured in several runs.

    Attributes:
        values: the number in each run.
        circular: True if it proves nothing, because a network that took part in training computes it.
    """

    values: tuple[float, ...]
    circular: bool = False

    @property
    def n(self) -> int:
        """The number of runs."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean over the runs."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float | None:
        """The sample standard deviation; None for a single run."""
        return statistics.stdev(self.values) if self.n > 1 else None


@dataclass(frozen=True)
class RunResult:
    """One run of a row.

    Attributes:
        name: the run's name.
        status: `finished`, `failed`, `interrupted`, `killed`, `running`, `not run`, or `missing` if it was finished
            and its directory is gone.
        reason: the reason why it is not finished or not completely measured, if known.
        sets: metrics by image set, with `set [mode]` for further modes of batch norm; empty unless finished.
        facts: the facts in its directory; None if it does not exist or is damaged.
    """

    name: str
    status: str
    reason: str = ""
    sets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    facts: Facts | None = field(default=None, compare=False)

    @property
    def is_finished(self) -> bool:
        """True if it has numbers."""
        return self.status == "finished"


@dataclass(frozen=True)
class Variant:
    """A variant of the base recipe: the description of a row.

    Attributes:
        name: its name in the study file; trials of a search are called `trial-000` and so on.
        title: the row's title.
        note: a remark, or nothing.
        metric: the row's metric.
        changes: values that differ from the base recipe, by dotted key.
        reference: published numbers, by column.
        base: the file name of another base recipe than the study's, or nothing.
    """

    name: str
    title: str
    note: str
    metric: str
    changes: Changes
    reference: Mapping[str, float | str]
    base: str = ""


@dataclass(frozen=True)
class Row(Variant):
    """A row of the table.

    Attributes:
        runs: by seed.
    """

    runs: Mapping[int, RunResult] = field(default_factory=dict)

    @property
    def finished(self) -> dict[int, RunResult]:
        """The runs that have numbers, by seed."""
        return {seed: run for seed, run in self.runs.items() if run.is_finished}

    @property
    def by_seed(self) -> dict[int, Row]:
        """The same row with one finished run alone, by seed."""
        return {seed: replace(self, runs={seed: run}) for seed, run in self.finished.items()}

    @property
    def published(self) -> dict[str, float]:
        """The published numbers by column, without texts; those of shares, which are given in percent, in [0, 1]."""
        scale = 100 if self.meaning().is_share else 1
        return {name: value / scale for name, value in self.reference.items() if not isinstance(value, str)}

    @property
    def facts(self) -> dict[int, Facts]:
        """The facts of its runs, finished or not, by seed."""
        return {seed: run.facts for seed, run in self.runs.items() if run.facts}

    @property
    def measured(self) -> list[Facts]:
        """The facts of its finished runs."""
        return [run.facts for run in self.finished.values() if run.facts]

    @property
    def unfinished(self) -> dict[str, int]:
        """The number of runs by status, without the finished ones."""
        states = [run.status for run in self.runs.values() if not run.is_finished]
        return {state: states.count(state) for state in states}

    def parts(self, image_set: str, metric: str | None = None) -> list[str]:
        """Return the judges, or other parts of a metric (by default the row's); none for a metric of one value."""
        metric = metric or self.metric
        found: dict[str, None] = {}
        for run in self.finished.values():
            keys = (key for key in run.sets.get(image_set, {}) if key.startswith(f"{metric}/"))
            found |= {key.removeprefix(f"{metric}/"): None for key in keys}
        return list(found)

    def statistic(self, image_set: str, part: str = MEAN, metric: str | None = None) -> Statistic | None:
        """Return a part of a metric (by default the row's) over the finished runs; None if none has it."""
        metric = metric or self.metric
        key = f"{metric}/{part}"
        sets = [run.sets.get(image_set, {}) for run in self.finished.values()]
        # One number of each run, or those that the mean is taken over.
        found = [
            counted(each, metric) if part == MEAN else {k: v for k, v in each.items() if k == key} for each in sets
        ]
        known = [values for values in found if values]
        if not known:
            return None
        return Statistic(tuple(statistics.fmean(each.values()) for each in known), any(map(is_circular, known[0])))

    def meaning(self, metric: str | None = None) -> Meaning:
        """Return the meaning of a metric, by default the row's, as its runs declare it."""
        return _first_declared(facts.meanings[metric or self.metric] for facts in self.facts.values())

    @property
    def score(self) -> float | None:
        """The mean on validation images, which a search goes by; None if it is not a finite number."""
        found = self.statistic("validation")
        return found.mean if found and math.isfinite(found.mean) else None

    @property
    def seconds(self) -> Statistic | None:
        """Seconds of training."""
        values = tuple(float(facts.metrics["seconds"]) for facts in self.measured)
        return Statistic(values) if values else None

    def memory(self, part: str) -> int | None:
        """Return the peak memory over the runs in bytes, of the `process` or the `gpu`; None if unknown."""
        sizes = [table(facts.metrics.get("memory")).get(part) for facts in self.measured]
        return max((size for size in sizes if size is not None), default=None)

    @property
    def labels(self) -> list[str]:
        """The labels that reached a loss."""
        return sorted({label for facts in self.measured for label in facts.metrics["labels_in_losses"]})

    @property
    def warnings(self) -> list[tuple[int, Warned]]:
        """The warnings given during training, with the seed."""
        return [(seed, one) for seed, facts in self.facts.items() for one in facts.warnings]


@dataclass(frozen=True)
class Results:
    """Results of a study so far.

    Attributes:
        study: the study's own table.
        rows: in the study's order; of a search, the best first.
        is_search: True if the rows are trials of a search.
        direction: `maximize` or `minimize`, if the search says so.
    """

    study: StudyTable
    rows: tuple[Row, ...]
    is_search: bool = False
    direction: str | None = None

    @property
    def image_set(self) -> str:
        """The image set that the answer is about: the study's last."""
        return self.study.sets[-1]

    @cached_property
    def runs(self) -> dict[str, RunResult]:
        """All runs of all rows by name, each once."""
        return {run.name: run for row in self.rows for run in row.runs.values()}

    @cached_property
    def images(self) -> dict[str, int]:
        """The number of images of each set that has been measured."""
        found: dict[str, int] = {}
        for run in self.runs.values():
            sets = {name: run.sets[name] for name in self.study.sets if "images" in run.sets.get(name, {})}
            found = {**{name: int(values["images"]) for name, values in sets.items()}, **found}
        return found

    @cached_property
    def judges(self) -> list[str]:
        """All judges of the rows' metrics, without marks."""
        parts = (part for row in self.rows for name in self.study.columns for part in row.parts(name))
        return list(dict.fromkeys(part.removesuffix(CIRCULAR) for part in parts))

    @property
    def references(self) -> list[str]:
        """The columns of published numbers."""
        return list(dict.fromkeys(name for row in self.rows for name in row.reference))

    @property
    def ceiling(self) -> str | None:
        """The metric that bounds a faithful result, if the runs know one."""
        known = (run.facts.recorded("measures").get("ceiling") for run in self.runs.values() if run.facts)
        return next((str(name) for name in known if name), None)

    def meaning(self, metric: str | None = None) -> Meaning:
        """Return the meaning of a metric, by default the study's, as its runs declare it."""
        return _first_declared(row.meaning(metric or self.study.metric) for row in self.rows)

    @property
    def ranks(self) -> bool:
        """True if one row is the best: by a metric with a direction, or in a search."""
        return self.meaning().better is not None or self.is_search

    @cached_property
    def ranked(self) -> list[Row]:
        """The rows with a number of the study's metric, in the order of a search, or the best (highest) first."""
        means = {
            row.name: found.mean
            for row in self.rows
            if row.metric == self.study.metric and (found := row.statistic(self.image_set))
        }
        rows = [row for row in self.rows if not math.isnan(means.get(row.name, math.nan))]
        sign = 1 if self.meaning().better == "lower" else -1
        return rows if self.is_search else sorted(rows, key=lambda row: sign * means[row.name])

    def best(self, image_set: str, metric: str | None = None) -> list[Row]:
        """Return the rows with the best value of a metric, by default the study's; none without a direction.

        Circular numbers prove nothing and are not ranked. Rows with labels in their losses are ranked only if there are
        no others: labels are another question.
        """
        metric = metric or self.study.metric
        better = self.meaning(metric).better
        if self.direction is not None and metric == self.study.metric:
            better = "higher" if self.direction == "maximize" else "lower"
        rows = [row for row in self.rows if metric in (row.metric, *self.study.also)]
        rows = [row for row in rows if not row.labels] or rows
        found = [row.statistic(image_set, MEAN, metric) for row in rows]
        means = [math.nan if one is None or one.circular else one.mean for one in found]
        known = {mean for mean in means if math.isfinite(mean)}
        if better is None or len(known) < 2:
            return []
        extreme = max(known) if better == "higher" else min(known)
        return [row for row, mean in zip(rows, means, strict=True) if mean == extreme]

    def uses_labels(self, row: Row) -> bool:
        """Return True if labels reached a loss of this row, but not of every row."""
        return bool(row.labels) and any(other.finished and not other.labels for other in self.rows)

    def is_circular(self, row: Row) -> bool:
        """Return True if a number of this row comes from a network that took part in training."""
        for name in self.study.columns:
            found = row.statistic(name)
            if any(map(is_circular, row.parts(name))) or (found and found.circular):
                return True
        return False

    @property
    def unfinished(self) -> dict[str, str]:
        """The reasons why runs have no numbers, by row and seeds, without those that were never started."""
        found: dict[tuple[str, str], list[int]] = {}
        for row in self.rows:
            for seed, run in row.runs.items():
                if run.status not in ("finished", "not run") or run.reason:
                    found.setdefault((row.title, run.reason or run.status), []).append(seed)
        return {
            f"{title}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}": why
            for (title, why), seeds in found.items()
        }

    def failed(self, only: Iterable[str] | None = None) -> list[str]:
        """Return the runs that are not finished, or not measured in all modes, of some rows or of all."""
        return [
            f"{row.name} (seed {seed})"
            for row in self.rows
            if not only or row.name in only
            for seed, run in row.runs.items()
            if not run.is_finished or run.reason
        ]


def _first_declared(meanings: Iterable[Meaning]) -> Meaning:
    return next((meaning for meaning in meanings if meaning != Meaning()), Meaning())
