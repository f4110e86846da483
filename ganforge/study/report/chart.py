"""The chart of a study: in each row a dot for each seed and judge, their mean, and published numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ganforge.judge import CIRCULAR, is_circular
from ganforge.report.numbers import number
from ganforge.study.results import MEAN, Results, Row

TICKS = 5


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


class Dot(NamedTuple):
    """The number of a run, as a judge gives it.

    Attributes:
        value: the number.
        lane: the index of the judge; None for a metric of one value.
        circular: True if the judge took part in training.
        title: its tooltip.
    """

    value: float
    lane: int | None
    circular: bool
    title: str


@dataclass(frozen=True)
class Chart:
    """The chart of one image set; the rows of the results are its rows.

    Attributes:
        results: the study's.
        image_set: the image set, with the mode of batch norm if it is not the runs' own.
        scale: the scale.
        upper: the part of the scale that holds the better half of the rows.
    """

    results: Results
    image_set: str
    scale: Scale
    upper: Scale

    @property
    def zoom(self) -> float:
        """The number of times that the upper part may be shown wider; 1 if that would gain nothing."""
        return (self.scale.high - self.scale.low) / (self.upper.high - self.upper.low)

    def fits(self, row: Row) -> bool:
        """Return True if the numbers of a row are in the unit of the scale."""
        return row.meaning().is_share == self.scale.is_share

    def dots(self, row: Row) -> Iterator[Dot]:
        """Yield a dot for each seed and judge of a row."""
        for seed, one in row.by_seed.items() if self.fits(row) else ():
            for part in row.parts(self.image_set) or [MEAN]:
                found = one.statistic(self.image_set, part)
                if found and math.isfinite(found.mean):
                    judge = None if part == MEAN else self.results.judges.index(part.removesuffix(CIRCULAR))
                    title = (
                        f"seed {seed}{'' if part == MEAN else f', {part}'}: {number(found.mean, self.scale.is_share)}"
                    )
                    yield Dot(found.mean, judge, found.circular or is_circular(part), title)


def charts(results: Results) -> list[Chart]:
    """Return a chart for each image set that has numbers, that of the answer first."""
    ordered = sorted(results.study.columns, key=lambda name: name != results.image_set)
    return [chart for name in ordered if (chart := _chart(results, name))]


def _chart(results: Results, image_set: str) -> Chart | None:
    is_share = results.meaning().is_share
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
    return Chart(results, image_set, scale, Scale.around([low, scale.high], is_share))
