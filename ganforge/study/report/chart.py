"""The chart of a study: in each row a dot for each seed and judge, their mean, and published numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ganforge.judge import CIRCULAR, is_circular
from ganforge.report.numbers import number
from ganforge.study.results import MEAN, Results, Row
from ganforge.study.tables import Cell, measured

LANE = 7
"""Pixels between the dots of one judge and those of the next."""
EDGE = 9
"""Pixels above and below the dots."""
TICKS = 5


@dataclass(frozen=True)
class Mark:
    """A mark in a row of the chart.

    Attributes:
        x: its position in percent of the width.
        y: pixels from the top.
        kind: the index of the judge, or of the column of published numbers.
        circular: True for a judge that took part in training.
        title: its tooltip.
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
        cell: its mean as in the table.
        dots: one for each seed and judge.
        mean: the position of the mean in percent, or None.
        band: the position of mean - spread, and the width of the band up to mean + spread, in percent; or None.
        ceiling: the position and tooltip of the bound, or None.
        references: published numbers.
    """

    cell: Cell
    dots: list[Mark] = field(default_factory=list)
    mean: str | None = None
    band: tuple[str, str] | None = None
    ceiling: tuple[str, str] | None = None
    references: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Chart:
    """The chart of one image set.

    Attributes:
        image_set: the image set, with the mode of batch norm if it is not the runs' own.
        height: of a row, in pixels.
        scale: the scale.
        zoom: how many times wider the upper part of the scale, which holds the better half of the rows, may be shown;
            1 if that would gain nothing.
        fine: positions and labels of the ticks of that part.
        tracks: one for each row of the table.
    """

    image_set: str
    height: int
    scale: Scale
    zoom: float
    fine: list[tuple[str, str]]
    tracks: list[Track]


@dataclass(frozen=True)
class Scale:
    """A scale with round ends.

    Attributes:
        low: the lower end.
        high: the upper end.
        step: between ticks.
        is_share: True if values are shares, shown in percent.
    """

    low: float
    high: float
    step: float
    is_share: bool

    @classmethod
    def around(cls, values: Sequence[float], is_share: bool) -> Scale:
        """Return a scale that contains all values."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        largest = max(abs(low), abs(high))
        # Values that differ in their last digits only are one value: floats hold no round numbers between them.
        raw = (high - low if high - low > 1e-6 * largest else largest) / TICKS or 1.0
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
        low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
        if is_share:
            low, high = max(0.0, low), min(1.0, high)
        if high <= low:  # one value, at a round number: extend by a step, downwards if nothing is above
            low, high = (low - step, high) if is_share and low + step > 1 else (low, low + step)
        return cls(low, high, step, is_share)

    def part(self, value: float) -> float:
        """Return the position of a value, in percent of the width."""
        return 100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def place(self, value: float) -> str:
        """Return the same for CSS and SVG."""
        return f"{self.part(value):.2f}%"

    def ticks(self) -> list[float]:
        """Return the round numbers on it."""
        return [self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)]

    def labels(self, ticks: Sequence[float] | None = None) -> list[tuple[str, str]]:
        """Return positions and labels of ticks, by default its own."""
        ticks = self.ticks() if ticks is None else ticks
        return [(self.place(tick), f"{round(100 * tick if self.is_share else tick, 9):g}") for tick in ticks]


def charts(results: Results) -> list[Chart]:
    """Return a chart for each image set that has numbers, that of the answer first."""
    ordered = sorted(results.study.columns, key=lambda name: name != results.image_set)
    return [chart for name in ordered if (chart := _chart(results, name))]


def _chart(results: Results, image_set: str) -> Chart | None:
    is_share = results.meaning().is_share
    # Numbers in another unit have no place on the scale.
    fitting = [row for row in results.rows if row.meaning().is_share == is_share]
    found = [row.statistic(image_set, part) for row in fitting for part in (MEAN, *row.parts(image_set))]
    values = [value for one in found if one for value in one.values]
    if not values:
        return None
    values += [value for row in fitting for value in row.published.values()]
    scale = Scale.around([value for value in values if math.isfinite(value)], is_share)
    means = sorted(one.mean for row in fitting if (one := row.statistic(image_set)))
    middle = means[len(means) // 2] if means else scale.low
    # The upper part begins at the round number below the better half of the rows.
    low = max((tick for tick in scale.ticks()[:-1] if tick <= middle), default=scale.low)
    upper = Scale.around([low, scale.high], is_share)
    zoom, lanes = (scale.high - scale.low) / (upper.high - upper.low), max(1, len(results.judges))
    tracks = [_track(results, row, image_set, scale if row in fitting else None) for row in results.rows]
    return Chart(image_set, LANE * (lanes - 1) + 2 * EDGE, scale, zoom, scale.labels(upper.ticks()), tracks)


def _track(results: Results, row: Row, image_set: str, scale: Scale | None) -> Track:
    cell, found = measured(row, image_set), row.statistic(image_set)
    if scale is None:
        return Track(cell)
    band = None
    if found and found.spread is not None:
        low, high = scale.part(found.mean - found.spread), scale.part(found.mean + found.spread)
        band = f"{low:.2f}%", f"{high - low:.2f}%"
    bound = row.statistic(image_set, MEAN, results.ceiling) if results.ceiling and scale.is_share else None
    middle = EDGE + LANE * (max(1, len(results.judges)) - 1) / 2
    return Track(
        cell,
        list(_dots(results, row, image_set, scale, middle)),
        scale.place(found.mean) if found else None,
        band,
        (scale.place(bound.mean), f"{results.ceiling} {number(bound.mean, True)}") if bound else None,
        [
            Mark(scale.place(value), middle, results.references.index(name), False, f"{name} {row.reference[name]:g}")
            for name, value in row.published.items()
        ],
    )


def _dots(results: Results, row: Row, image_set: str, scale: Scale, middle: float) -> Iterator[Mark]:
    for seed, one in row.by_seed.items():
        for part in row.parts(image_set) or [MEAN]:
            found = one.statistic(image_set, part)
            if found is None or not math.isfinite(found.mean):
                continue
            lane = 0 if part == MEAN else results.judges.index(part.removesuffix(CIRCULAR))
            height = middle if part == MEAN else EDGE + LANE * lane
            title = f"seed {seed}{'' if part == MEAN else f', {part}'}: {number(found.mean, scale.is_share)}"
            yield Mark(scale.place(found.mean), height, lane, found.circular or is_circular(part), title)
