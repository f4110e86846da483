"""What the runs of a study showed, read from their directories: numbers by row, image set and judge."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ganforge.errors import RunError
from ganforge.judge import counted, is_circular
from ganforge.meaning import Meaning, Meanings
from ganforge.recipe.recipe import Recipe
from ganforge.runs import lock, strict_json
from ganforge.runs.directory import RunDirectory, is_run
from ganforge.study.study import Study, Variant, in_mode

MEAN = "mean"
"""The part of a metric that is the mean over the judges that took no part in training, or over all if all did."""
NEEDED = ("sets", "seconds", "labels_in_losses")
"""What a table needs of `metrics.json`."""


@dataclass(frozen=True)
class Statistic:
    """A number of several runs.

    Attributes:
        values: of each run.
        circular: it proves nothing: a network that took part in training says it.
    """

    values: tuple[float, ...]
    circular: bool = False

    @property
    def n(self) -> int:
        """How many runs it is of."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float | None:
        """Their sample standard deviation; None of a single one."""
        return statistics.stdev(self.values) if self.n > 1 else None


@dataclass(frozen=True)
class RunResult:
    """One run of a row.

    Attributes:
        name: the run's.
        status: `finished`, `failed`, `interrupted`, `killed`, `running` or `not run`.
        reason: why it is not finished, if that is known.
        metrics: what is in its `metrics.json`; empty unless it is finished.
        machine: where it ran and with what, and the meanings of its numbers.
    """

    name: str
    status: str
    reason: str
    metrics: Mapping[str, Any]
    machine: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        variant: what it is.
        runs: by seed.
    """

    variant: Variant
    runs: Mapping[int, RunResult]

    @property
    def finished(self) -> list[RunResult]:
        """The runs that have numbers."""
        return [run for run in self.runs.values() if run.status == "finished"]

    def parts(self, image_set: str, metric: str | None = None) -> list[str]:
        """The judges, or other parts of the metric, in their order; none for a metric of one value."""
        metric = metric or self.variant.metric
        found: dict[str, None] = {}
        for run in self.finished:
            names = (key.partition("/") for key in _set(run, image_set))
            found |= {part: None for name, _, part in names if name == metric and part}
        return list(found)

    def statistic(self, image_set: str, part: str = MEAN, metric: str | None = None) -> Statistic | None:
        """A metric's part over the finished runs; None where none has it."""
        metric = metric or self.variant.metric
        found = [_values(_set(run, image_set), metric, part) for run in self.finished]
        known = tuple(statistics.fmean(values.values()) for values in found if values)
        return Statistic(known, any(map(is_circular, next(filter(None, found))))) if known else None

    def meaning(self, metric: str | None = None) -> Meaning:
        """The meaning of a metric, by default the row's, as the runs declare it."""
        found = (
            Meanings.from_data(run.machine.get("meanings"))[metric or self.variant.metric] for run in self.finished
        )
        return next((meaning for meaning in found if meaning != Meaning()), Meaning())

    @property
    def score(self) -> float | None:
        """What a search goes by: the mean on validation images; None where that is no finite number."""
        found = self.statistic("validation")
        return found.mean if found and math.isfinite(found.mean) else None

    @property
    def seconds(self) -> Statistic | None:
        """Seconds of training."""
        values = tuple(float(run.metrics["seconds"]) for run in self.finished)
        return Statistic(values) if values else None

    def memory(self, part: str) -> int | None:
        """The most bytes that a run held, of the `process` or the `gpu`."""
        sizes = [run.metrics["memory"].get(part) for run in self.finished]
        return max((size for size in sizes if size is not None), default=None)

    @property
    def labels(self) -> list[str]:
        """The labels that reached a loss."""
        return sorted({label for run in self.finished for label in run.metrics["labels_in_losses"]})


@dataclass(frozen=True)
class Results:
    """What a study has shown so far.

    Attributes:
        study: what was asked.
        rows: in the study's order; of a search, the best first.
    """

    study: Study
    rows: tuple[Row, ...]

    @cached_property
    def images(self) -> dict[str, int]:
        """The number of images of each set that has been measured."""
        found: dict[str, int] = {}
        for row in self.rows:
            for run in row.finished:
                for name in self.study.table.sets:
                    if "images" in _set(run, name):
                        found.setdefault(name, int(_set(run, name)["images"]))
        return found

    def meaning(self, metric: str | None = None) -> Meaning:
        """The meaning of a metric, by default the study's, as its runs declare it."""
        found = (row.meaning(metric or self.study.table.metric) for row in self.rows)
        return next((meaning for meaning in found if meaning != Meaning()), Meaning())

    def best(self, image_set: str, metric: str | None = None) -> list[Row]:
        """Return the rows with the best value of a metric, by default the study's; none where nothing says so.

        Circular numbers prove nothing, and are not ranked. Rows with labels in their losses are ranked only where there
        are no others: labels are another question.
        """
        metric, search = metric or self.study.table.metric, self.study.search
        better = self.meaning(metric).better
        if search is not None and search.direction is not None and metric == self.study.table.metric:
            better = "higher" if search.direction == "maximize" else "lower"
        rows = [row for row in self.rows if metric in (row.variant.metric, *self.study.table.also)]
        rows = [row for row in rows if not row.labels] or rows
        found = [row.statistic(image_set, MEAN, metric) for row in rows]
        means = [math.nan if one is None or one.circular else one.mean for one in found]
        known = {mean for mean in means if math.isfinite(mean)}
        if better is None or len(known) < 2:
            return []
        extreme = max(known) if better == "higher" else min(known)
        return [row for row, mean in zip(rows, means, strict=True) if mean == extreme]

    @property
    def unfinished(self) -> dict[str, str]:
        """Why runs have no numbers, by row and seeds; those that were not begun are left out."""
        found: dict[tuple[str, str], list[int]] = {}
        for row in self.rows:
            for seed, run in row.runs.items():
                if run.status not in ("finished", "not run") or run.reason:
                    found.setdefault((row.variant.title, run.reason or run.status), []).append(seed)
        return {
            f"{title}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}": why
            for (title, why), seeds in found.items()
        }

    def failed(self, only: Iterable[str] | None = None) -> list[str]:
        """Runs that are not finished, or not measured in all modes, of these rows or of all."""
        rows = [row for row in self.rows if not only or row.variant.name in only]
        return [
            f"{row.variant.name} (seed {seed})"
            for row in rows
            for seed, run in row.runs.items()
            if run.status != "finished" or run.reason
        ]


def read_results(
    study: Study,
    paths: Mapping[tuple[str, int], Path],
    measures: Callable[[Recipe, Path], Mapping[str, Path]],
    failures: Mapping[Path, str],
) -> Results:
    """Read what is there.

    Args:
        study: what was asked.
        paths: the run directories by the row's name and the seed.
        measures: the files of what the run of a recipe in its directory shows in further modes of batch norm.
        failures: why runs failed just now, by directory.
    """
    rows = []
    for variant in study.variants:
        runs = {}
        for seed, recipe in variant.recipes.items():
            path = paths[variant.name, seed]
            runs[seed] = with_modes(read_run(path, failures.get(path)), study, measures(recipe, path))
        rows.append(Row(variant, runs))
    if study.search is not None:
        sign = -1 if study.search.direction == "maximize" else 1
        rows.sort(key=lambda row: math.inf if row.score is None else sign * row.score)
    return Results(study, tuple(rows))


def read_run(path: Path, failure: str | None = None) -> RunResult:
    """What a run directory, there or not, says of its run.

    Args:
        path: the directory.
        failure: why the run failed just now, if it did.
    """
    if not is_run(path):
        return RunResult(path.name, "not run", failure or "", {}, {})
    run = RunDirectory(path)
    try:
        record = run.read_record()
        status = str(record.get("status"))
        found = strict_json.loads(run.metrics.read_bytes()) if status == "finished" else None
        metrics = {} if found is None else {"memory": {}, **found, **{key: found[key] for key in NEEDED}}
    except (RunError, OSError, ValueError, TypeError, KeyError) as error:
        return RunResult(path.name, "failed", failure or f"damaged: {error}", {}, {})
    if status in ("new", "training"):
        status = "running" if lock.running(path) else "killed"
    machine = {key: record.get(key) for key in ("fingerprint", "environment", "plugins", "meanings")}
    return RunResult(path.name, status, failure or "", metrics, machine)


def with_modes(run: RunResult, study: Study, files: Mapping[str, Path]) -> RunResult:
    """A run with what was measured in the study's modes of batch norm, its own included.

    Args:
        run: without them.
        study: what was asked.
        files: of what it shows in each mode that is not its own.
    """
    if run.status != "finished":
        return run
    sets, reason = dict(run.metrics["sets"]), run.reason
    for mode in study.table.batch_norm:
        try:
            found = strict_json.loads(files[mode].read_bytes()) if mode in files else run.metrics["sets"]
            sets |= {in_mode(name, mode): found[name] for name in study.table.sets if name in found}
        except (OSError, ValueError, TypeError) as error:
            reason = reason or f"not measured in batch-norm mode {mode}: {error}"
    return replace(run, metrics={**run.metrics, "sets": sets}, reason=reason)


def _set(run: RunResult, name: str) -> Mapping[str, float]:
    values: Mapping[str, float] = run.metrics["sets"].get(name, {})
    return values


def _values(values: Mapping[str, float], metric: str, part: str) -> dict[str, float]:
    """The numbers of a metric's part by key: one, or those that a mean is of."""
    key = f"{metric}/{part}"
    return counted(values, metric) if part == MEAN else {key: values[key]} if key in values else {}
