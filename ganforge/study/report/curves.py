"""The course of every run of a study: small charts side by side, a row each, on one scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganforge.judge import counted
from ganforge.report.charts import charts
from ganforge.study.report.material import Material
from ganforge.study.results import Row
from ganforge.study.tables import number

MOST_POINTS = 60
MOST_CURVES = 16
VALIDATION = ", validation"
WIDE = 100.0
HIGH = 60.0
"""The size of a chart in its own units."""
LOGARITHMIC = 30.0
"""From this ratio of the largest value to the smallest on, the scale is logarithmic."""


@dataclass(frozen=True)
class Curve:
    """The curve of a run.

    Attributes:
        seed: of the run.
        place: of the seed among the study's.
        points: of the line, as SVG wants them; several where values that are not finite interrupt it. What is alone is
            there twice, or nothing would be drawn.
        last: the last value, in words.
    """

    seed: int
    place: int
    points: list[str]
    last: str


@dataclass(frozen=True)
class Panel:
    """The small chart of a row.

    Attributes:
        title: what the row is called.
        curves: one for each seed.
        warnings: where something was warned of, and what.
    """

    title: str
    curves: list[Curve]
    warnings: list[tuple[str, str]]


@dataclass(frozen=True)
class Multiples:
    """Small charts of one quantity.

    Attributes:
        name: of the quantity.
        low: what the lower edge stands for.
        high: what the upper edge stands for.
        logarithmic: whether the scale is.
        steps: what the right edge stands for; the left one is step 0.
        panels: the rows.
    """

    name: str
    low: str
    high: str
    logarithmic: bool
    steps: int
    panels: list[Panel]


Points = Sequence[tuple[int, float | None]]


def multiples(material: Material) -> list[Multiples]:
    """Small charts of the validation metric, and of every loss and monitor."""
    known = {name: _points(material, records) for name, records in material.journals.items()}
    names = list(dict.fromkeys(name for points in known.values() for name in points))
    metric = material.results.study.table.metric
    names.sort(key=lambda name: name != _validation(metric))
    rows = [row for _, row in material.shown_rows]
    return [_multiples(material, name, rows, known) for name in names[:MOST_CURVES]]


def _validation(metric: str) -> str:
    return f"{metric}{VALIDATION}"


def _points(material: Material, records: Iterable[Mapping[str, Any]]) -> dict[str, Points]:
    """The curves of a run by name; of a metric of several judges their mean."""
    records = list(records)
    metric = material.results.study.table.metric
    found: dict[str, Points] = {}
    scores: dict[int, list[float]] = {}
    for record in records:
        if record.get("event") == "validation" and isinstance(record.get("step"), int):
            numbers = {name: value for name, value in record.items() if isinstance(value, int | float)}
            parts = list(counted(numbers, metric).values())
            if parts:
                scores[record["step"]] = [sum(parts) / len(parts)]
    if scores:
        found[_validation(metric)] = [(step, values[0]) for step, values in scores.items()]
    losses = [record for record in records if record.get("event") == "losses"]
    for chart in charts(losses, material.meanings, material.loss_meanings, MOST_POINTS):
        for curve in chart["curves"]:
            found[curve["name"]] = list(zip(curve["steps"], curve["values"], strict=True))
    return found


def _multiples(
    material: Material, name: str, rows: Sequence[Row], known: Mapping[str, Mapping[str, Points]]
) -> Multiples:
    here = [known[run.name][name] for row in rows for run in row.runs.values() if name in known.get(run.name, {})]
    values = [value for points in here for _, value in points if value is not None and math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    metric = material.results.study.table.metric
    meaning = material.meanings[metric] if name == _validation(metric) else material.loss_meanings[name]
    share = meaning.is_share
    logarithmic = not share and low > 0 and high / low > LOGARITHMIC
    if not logarithmic and 0 < low < high / 2:
        low = 0.0
    steps = max((step for points in here for step, _ in points), default=1)

    def y(value: float) -> float:
        ends = (math.log(low), math.log(high)) if logarithmic else (low, high)
        part = ((math.log(value) if logarithmic else value) - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return HIGH * (1 - part)

    def curve(seed: int, place: int, points: Points) -> Curve:
        lines: list[list[str]] = [[]]
        for step, value in points:
            if value is None or not math.isfinite(value):
                lines.append([])
            else:
                lines[-1].append(f"{WIDE * step / steps:.1f},{y(value):.1f}")
        last = next((value for _, value in reversed(points) if value is not None), None)
        shown = "" if last is None else number(last, share)
        return Curve(seed, place, [" ".join(line if len(line) > 1 else 2 * line) for line in lines if line], shown)

    panels = []
    for row in rows:
        curves = [
            curve(seed, place, known[run.name][name])
            for place, (seed, run) in enumerate(row.runs.items())
            if name in known.get(run.name, {})
        ]
        marks = [
            (f"{WIDE * min(one.step, steps) / steps:.1f}", f"seed {seed}, step {one.step}: {one.text}")
            for seed, one in material.warnings(row)
        ]
        if curves:
            panels.append(Panel(row.variant.title, curves, marks))
    unit = " %" * share
    return Multiples(name, f"{number(low, share)}{unit}", f"{number(high, share)}{unit}", logarithmic, steps, panels)
