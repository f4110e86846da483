"""The chart of a study: for each row a dot for each seed and judge, their mean, and others' numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganforge.judge import is_circular
from ganforge.study.report.material import Material, plain
from ganforge.study.results import MEAN, Row, Statistic
from ganforge.study.tables import number

LANE = 7
"""Pixels between the dots of one judge and those of the next."""
EDGE = 9
"""Pixels above and below them."""
TICKS = 5


@dataclass(frozen=True)
class Mark:
    """A mark in a row of the chart.

    Attributes:
        x: where it lies, in percent of the width.
        y: in pixels from the top.
        kind: number of the judge, or of the column of references.
        circular: whether it is of a judge that took part in training.
        title: what it says.
    """

    x: str
    y: float
    kind: int
    circular: bool
    title: str


@dataclass(frozen=True)
class Track:
    """A row of the chart.

    Attributes:
        title: what the row is called.
        metric: where it is not that of the study.
        place: its place in the table, from 0.
        number: its mean; empty where there is none.
        about: spread and number of runs, or why there is nothing.
        dots: one for each seed and judge.
        mean: where the mean lies, in percent, or None.
        band: where the mean - spread lies, and how far it is from there to the mean + spread, in percent; or None.
        ceiling: where the bound lies, and what it says, or None.
        references: others' numbers.
    """

    title: str
    metric: str
    place: int
    number: str
    about: str
    dots: list[Mark]
    mean: str | None
    band: tuple[str, str] | None
    ceiling: tuple[str, str] | None
    references: list[Mark]


@dataclass(frozen=True)
class Chart:
    """The chart of one image set.

    Attributes:
        image_set: the set, with the mode of batch norm where it is not the runs' own.
        unit: `%`, or nothing.
        height: of a row, in pixels.
        ticks: where the lines of the scale lie, and what they say.
        zoom: how many times wider the upper part of the scale, where the better half of the rows lies, may be shown;
            1 where it would gain nothing.
        fine: the ticks of that part.
        tracks: the rows.
    """

    image_set: str
    unit: str
    height: int
    ticks: list[tuple[str, str]]
    zoom: float
    fine: list[tuple[str, str]]
    tracks: list[Track]


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    step: float
    share: bool

    def part(self, value: float) -> float:
        """Where a value lies, in percent of the width."""
        return 100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def place(self, value: float) -> str:
        return f"{self.part(value):.2f}%"

    def ticks(self) -> list[float]:
        """The round numbers on it."""
        return [self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)]

    def shown(self, ticks: Sequence[float]) -> list[tuple[str, str]]:
        """Where ticks lie, and what they say."""
        return [(self.place(tick), f"{round(100 * tick if self.share else tick, 9):g}") for tick in ticks]


def charts(material: Material) -> list[Chart]:
    """A chart for each image set that has numbers, that of the answer first."""
    names = material.results.study.columns
    ordered = sorted(names, key=lambda name: name != material.image_set)
    return [chart for name in ordered if (chart := _chart(material, name))]


def _chart(material: Material, image_set: str) -> Chart | None:
    share = material.results.meaning().is_share
    rows = material.results.rows
    # What is measured in another unit has no place on the scale.
    fitting = [row for row in rows if row.meaning().is_share == share]
    values = [value for row in fitting for found in _statistics(row, image_set) for value in found.values]
    if not values:
        return None
    values += [found / 100 if share else found for row in fitting for _, found in _references(row)]
    scale = _scale([value for value in values if math.isfinite(value)], share)
    height = LANE * (max(1, len(material.judges)) - 1) + 2 * EDGE
    tracks = [
        _track(material, row, place, image_set, scale if row in fitting else None) for place, row in enumerate(rows)
    ]
    ticks, upper = scale.ticks(), _upper(scale, [found.mean for row in fitting if (found := row.statistic(image_set))])
    return Chart(
        image_set,
        "%" if share else "",
        height,
        scale.shown(ticks),
        (scale.high - scale.low) / (upper.high - upper.low),
        scale.shown(upper.ticks()),
        tracks,
    )


def _upper(scale: _Scale, means: Sequence[float]) -> _Scale:
    """The upper part of a scale, from the round number below the better half of the rows."""
    middle = sorted(means)[len(means) // 2] if means else scale.low
    low = max((tick for tick in scale.ticks()[:-1] if tick <= middle), default=scale.low)
    return _scale([low, scale.high], scale.share)


def _track(material: Material, row: Row, place: int, image_set: str, scale: _Scale | None) -> Track:
    share = row.meaning().is_share
    metric = "" if row.variant.metric == material.results.study.table.metric else row.variant.metric
    found = row.statistic(image_set)
    states = ", ".join(dict.fromkeys(run.status for run in row.runs.values() if run.status != "finished"))
    text, about = number(found.mean, share) if found else "", states
    if found:
        missing = "" if found.n == len(row.runs) else f" of {len(row.runs)}"
        about = f"n {found.n}{missing}" if found.spread is None else f"± {number(found.spread, share)}"
    if scale is None:
        return Track(row.variant.title, metric, place, text, about, [], None, None, None, [])
    band = None
    if found and found.spread is not None:
        low, high = scale.part(found.mean - found.spread), scale.part(found.mean + found.spread)
        band = f"{low:.2f}%", f"{high - low:.2f}%"
    bound = row.statistic(image_set, MEAN, material.ceiling) if material.ceiling and share else None
    ceiling = (scale.place(bound.mean), f"{material.ceiling} {number(bound.mean, True)}") if bound else None
    middle = EDGE + LANE * (max(1, len(material.judges)) - 1) / 2
    references = [
        Mark(
            scale.place(value / 100 if share else value),
            middle,
            material.references.index(name),
            False,
            f"{name} {value:g}",
        )
        for name, value in _references(row)
    ]
    dots = list(_dots(material, row, image_set, scale, middle))
    mean = scale.place(found.mean) if found else None
    return Track(row.variant.title, metric, place, text, about, dots, mean, band, ceiling, references)


def _dots(material: Material, row: Row, image_set: str, scale: _Scale, middle: float) -> Iterator[Mark]:
    share = row.meaning().is_share
    for seed, run in row.runs.items():
        if run.status != "finished":
            continue
        one = Row(row.variant, {seed: run})
        for part in row.parts(image_set) or [MEAN]:
            found = one.statistic(image_set, part)
            if found is None or not math.isfinite(found.mean):
                continue
            lane = material.judges.index(plain(part)) if part != MEAN else 0
            height = EDGE + LANE * lane if part != MEAN else middle
            title = f"seed {seed}{'' if part == MEAN else f', {part}'}: {number(found.mean, share)}"
            yield Mark(scale.place(found.mean), height, lane, is_circular(part), title)


def _statistics(row: Row, image_set: str) -> Iterator[Statistic]:
    for part in (MEAN, *row.parts(image_set)):
        found = row.statistic(image_set, part)
        if found is not None:
            yield found


def _references(row: Row) -> list[tuple[str, float]]:
    return [(name, value) for name, value in row.variant.reference.items() if not isinstance(value, str)]


def _scale(values: Sequence[float], share: bool) -> _Scale:
    """A scale with round ends around all values."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    largest = max(abs(low), abs(high))
    # Values that differ in their last digits only are one value: floats hold no round numbers between them.
    raw = (high - low if high - low > 1e-6 * largest else largest) / TICKS or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
    low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    if share:
        low, high = max(0.0, low), min(1.0, high)
    if high <= low:  # one value, at a round number: the step above it, or below it where nothing is above
        low, high = (low - step, high) if share and low + step > 1 else (low, low + step)
    return _Scale(low, high, step, share)
