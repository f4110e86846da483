"""Curves of journals: one run's, thinned for its page's script, and those of many runs as small multiples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganforge.judge import counted
from ganforge.meaning import Meanings
from ganforge.report.facts import Facts
from ganforge.report.numbers import number

Chart = dict[str, Any]
Points = Sequence[tuple[int, float | None]]
MOST_POINTS = 500
MOST_CURVES = 60
MOST_MULTIPLES = 16
SMALL_POINTS = 60
VALIDATION = ", validation"
WIDE, HIGH = 100.0, 60.0
"""Size of a small chart, in its own units."""
LOGARITHMIC = 30.0
"""Ratio of the largest value to the smallest above which the scale of a small chart is logarithmic."""
_NOT_CURVES = ("event", "step", "set")


def charts(
    records: Sequence[Mapping[str, Any]], metrics: Meanings, losses: Meanings, most: int = MOST_POINTS
) -> list[Chart]:
    """Return the charts of a journal; curves of one unit share a chart.

    Args:
        records: the journal.
        metrics: the meanings of the metrics.
        losses: the meanings of the loss terms and monitors.
        most: the largest number of points in a curve.

    Returns:
        For each chart its id, title, whether its values are shares, and its curves: name, steps, and values, where
        None stands for one that is not finite.
    """
    found = []
    for event, shares, identity, title in (
        ("losses", False, "losses", "Losses"),
        ("losses", True, "monitors", "Accuracy while training"),
        ("validation", True, "validation", "Validation"),
        ("validation", False, "validation-scores", "Validation, other metrics"),
    ):
        curves = [
            _thinned(name, points, most)
            for name, points in _curves(record for record in records if record.get("event") == event).items()
            if (losses if event == "losses" else metrics)[name].is_share == shares
        ]
        if curves:
            found.append({"id": identity, "title": title, "shares": shares, "curves": curves[:MOST_CURVES]})
    return found


def _curves(records: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    curves: dict[str, list[tuple[int, float]]] = {}
    for record in records:
        step = record.get("step")
        if isinstance(step, int):
            for name, value in record.items():
                if name not in _NOT_CURVES and isinstance(value, int | float) and not isinstance(value, bool):
                    curves.setdefault(name, []).append((step, float(value)))
    return curves


def _thinned(name: str, points: Sequence[tuple[int, float]], most: int) -> dict[str, Any]:
    """Average neighbouring points until at most `most` are left."""
    width = -(-len(points) // most)
    blocks = [points[start : start + width] for start in range(0, len(points), width)]
    means = [sum(value for _, value in block) / len(block) for block in blocks]
    return {
        "name": name,
        "steps": [block[-1][0] for block in blocks],
        "values": [float(f"{mean:.5g}") if math.isfinite(mean) else None for mean in means],
        "mean_of": width,
    }


# -- small multiples -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """One run's curve in a small chart.

    Attributes:
        seed: the run's seed.
        place: the index of the seed in its row.
        lines: points of SVG polylines; several where values that are not finite interrupt the curve.
        last: the last value, formatted.
    """

    seed: int
    place: int
    lines: list[str]
    last: str


@dataclass(frozen=True)
class Panel:
    """The small chart of a row.

    Attributes:
        title: the row's title.
        curves: one for each seed.
        warnings: positions and texts of warnings.
    """

    title: str
    curves: list[Curve]
    warnings: list[tuple[str, str]]


@dataclass(frozen=True)
class Multiples:
    """Small charts of one quantity, all on one scale.

    Attributes:
        name: the quantity.
        low: the value at the lower edge, formatted.
        high: the value at the upper edge.
        logarithmic: True if the scale is logarithmic.
        steps: the step at the right edge; the left one is step 0.
        panels: the rows.
    """

    name: str
    low: str
    high: str
    logarithmic: bool
    steps: int
    panels: list[Panel]


@dataclass(frozen=True)
class _Axes:
    low: float
    high: float
    steps: int
    logarithmic: bool

    @classmethod
    def around(cls, curves: Sequence[Points], is_share: bool) -> _Axes:
        values = [value for points in curves for _, value in points if value is not None]
        low, high = min(values, default=0.0), max(values, default=1.0)
        logarithmic = not is_share and low > 0 and high / low > LOGARITHMIC
        if not logarithmic and 0 < low < high / 2:
            low = 0.0
        return cls(low, high, max((step for points in curves for step, _ in points), default=1), logarithmic)

    def x(self, step: int) -> str:
        return f"{WIDE * min(step, self.steps) / self.steps:.1f}"

    def y(self, value: float) -> str:
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = map(math.log, (low, high, at))
        return f"{HIGH * (1 - (at - low) / ((high - low) or 1.0)):.1f}"

    def lines(self, points: Points) -> list[str]:
        found: list[list[str]] = [[]]
        for step, value in points:
            if value is None:
                found.append([])
            else:
                found[-1].append(f"{self.x(step)},{self.y(value)}")
        # SVG draws no line of a single point.
        return [" ".join(line if len(line) > 1 else 2 * line) for line in found if line]


def multiples(rows: Sequence[tuple[str, Mapping[int, Facts]]], metric: str) -> list[Multiples]:
    """Return small charts of a validation metric, and of every loss and monitor.

    Args:
        rows: titles, and the runs of each row by seed.
        metric: the metric; of several judges, their mean is shown.
    """
    known = [(title, {seed: (_small(facts, metric), facts) for seed, facts in runs.items()}) for title, runs in rows]
    names = dict.fromkeys(name for _, runs in known for curves, _ in runs.values() for name in curves)
    validation = f"{metric}{VALIDATION}"
    found = []
    for name in sorted(names, key=lambda name: name != validation)[:MOST_MULTIPLES]:
        shown = [(curves[name], facts) for _, runs in known for curves, facts in runs.values() if name in curves]
        is_share = any(
            (facts.meanings[metric] if name == validation else facts.loss_meanings[name]).is_share for _, facts in shown
        )
        axes = _Axes.around([points for points, _ in shown], is_share)
        panels = []
        for title, runs in known:
            curves = [
                _curve(seed, place, curves[name], axes, is_share)
                for place, (seed, (curves, _)) in enumerate(runs.items())
                if name in curves
            ]
            warnings = [
                (axes.x(one.step), f"seed {seed}, step {one.step}: {one.text}")
                for seed, (_, facts) in runs.items()
                for one in facts.warnings
            ]
            if curves:
                panels.append(Panel(title, curves, warnings))
        low, high = (f"{number(value, is_share)}{' %' * is_share}" for value in (axes.low, axes.high))
        found.append(Multiples(name, low, high, axes.logarithmic, axes.steps, panels))
    return found


def _curve(seed: int, place: int, points: Points, axes: _Axes, is_share: bool) -> Curve:
    last = next((value for _, value in reversed(points) if value is not None), None)
    return Curve(seed, place, axes.lines(points), "" if last is None else number(last, is_share))


def _small(facts: Facts, metric: str) -> dict[str, Points]:
    """Return the curves of a run by name."""
    found: dict[str, Points] = {}
    scores: list[tuple[int, float | None]] = []
    for record in facts.journal:
        if record.get("event") == "validation" and isinstance(record.get("step"), int):
            numbers = {name: value for name, value in record.items() if isinstance(value, int | float)}
            if parts := counted(numbers, metric).values():
                mean = sum(parts) / len(parts)
                scores.append((record["step"], mean if math.isfinite(mean) else None))
    if scores:
        found[f"{metric}{VALIDATION}"] = scores
    losses = [record for record in facts.journal if record.get("event") == "losses"]
    for chart in charts(losses, facts.meanings, facts.loss_meanings, SMALL_POINTS):
        found |= {one["name"]: list(zip(one["steps"], one["values"], strict=True)) for one in chart["curves"]}
    return found
