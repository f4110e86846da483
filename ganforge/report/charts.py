"""Curves of journals: one run's, thinned for its page's script, and those of many runs as small multiples."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganforge.judge import counted
from ganforge.meaning import Meanings
from ganforge.report.facts import Facts, Warned
from ganforge.report.numbers import number

Chart = dict[str, Any]
Points = Sequence[tuple[int, float | None]]
MOST_POINTS = 500
MOST_CURVES = 60
MOST_MULTIPLES = 16
SMALL_POINTS = 60
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


@dataclass(frozen=True)
class Panel:
    """The small chart of a row.

    Attributes:
        title: the row's title.
        curves: by seed, in the order of the row's seeds; None for a seed without this quantity.
        warnings: the warnings of its runs, with the seed.
    """

    title: str
    curves: dict[int, Points | None]
    warnings: list[tuple[int, Warned]]


@dataclass(frozen=True)
class Multiples:
    """Small charts of one quantity, all on one scale.

    Attributes:
        name: the quantity.
        is_share: True if its values are shares, shown in percent.
        low: the value at the lower edge.
        high: the value at the upper edge.
        steps: the step at the right edge; the left one is step 0.
        logarithmic: True if the scale is logarithmic.
        panels: the rows.
    """

    name: str
    is_share: bool
    low: float
    high: float
    steps: int
    logarithmic: bool
    panels: list[Panel]

    def x(self, step: int) -> str:
        """Return the position of a step."""
        return f"{WIDE * min(step, self.steps) / self.steps:.1f}"

    def y(self, value: float) -> str:
        """Return the position of a value."""
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = map(math.log, (low, high, at))
        return f"{HIGH * (1 - (at - low) / ((high - low) or 1.0)):.1f}"

    def lines(self, points: Points) -> list[str]:
        """Return the points of SVG polylines; several where values that are not finite interrupt the curve."""
        gaps = itertools.groupby(points, key=lambda point: point[1] is None)
        lines = [[f"{self.x(step)},{self.y(value)}" for step, value in run if value is not None] for _, run in gaps]
        # SVG draws no line of a single point.
        return [" ".join(line if len(line) > 1 else 2 * line) for line in lines if line]

    def last(self, points: Points) -> str:
        """Return the last finite value, formatted; empty if there is none."""
        return next((number(value, self.is_share) for _, value in reversed(points) if value is not None), "")


def multiples(rows: Sequence[tuple[str, Mapping[int, Facts]]], metric: str) -> list[Multiples]:
    """Return small charts of a validation metric, and of every loss and monitor.

    Args:
        rows: titles, and the runs of each row by seed.
        metric: the metric; of several judges, their mean is shown.
    """
    known = [(title, runs, {seed: _small(facts, metric) for seed, facts in runs.items()}) for title, runs in rows]
    shares: dict[str, bool] = {}
    for _, runs, curves in known:
        for seed, names in curves.items():
            for name in names:
                meaning = runs[seed].meanings[metric] if name == _validation(metric) else runs[seed].loss_meanings[name]
                shares[name] = shares.get(name, False) or meaning.is_share
    found = []
    for name in sorted(shares, key=lambda name: name != _validation(metric))[:MOST_MULTIPLES]:
        panels = [
            Panel(
                title,
                {seed: names.get(name) for seed, names in curves.items()},
                [(seed, one) for seed, facts in runs.items() for one in facts.warnings],
            )
            for title, runs, curves in known
            if any(name in names for names in curves.values())
        ]
        points = [point for panel in panels for curve in panel.curves.values() for point in curve or ()]
        values = [value for _, value in points if value is not None]
        low, high = min(values, default=0.0), max(values, default=1.0)
        logarithmic = not shares[name] and low > 0 and high / low > LOGARITHMIC
        if not logarithmic and 0 < low < high / 2:
            low = 0.0
        steps = max((step for step, _ in points), default=1)
        found.append(Multiples(name, shares[name], low, high, steps, logarithmic, panels))
    return found


def _validation(metric: str) -> str:
    return f"{metric}, validation"


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
        found[_validation(metric)] = scores
    losses = [record for record in facts.journal if record.get("event") == "losses"]
    for chart in charts(losses, facts.meanings, facts.loss_meanings, SMALL_POINTS):
        found |= {one["name"]: list(zip(one["steps"], one["values"], strict=True)) for one in chart["curves"]}
    return found
