"""Pictures on a study's page: the outputs of every row for the same test images, and what judges read in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganforge.errors import RunError
from ganforge.report.examples import Example, examples
from ganforge.report.pictures import picture_uri
from ganforge.report.readings import Pairs, Readings, load_readings
from ganforge.study.results import Row, RunResult

MOST = 20
"""The largest number of test images."""
FEWEST = 4
"""The smallest number of test images: where room is short, seeds are left out first."""
MOST_CLASSES = 10
LARGEST_SIDE = 64
"""Pixels of a picture's longer side above which it is shrunk."""
LARGEST = 2_500_000
"""Approximate characters of all pictures together, at most."""

Kept = tuple[Readings, Pairs]


@dataclass(frozen=True)
class Strip:
    """The pictures of a row.

    Attributes:
        place: the row's index in the table.
        title: its title.
        examples: by seed, one for each test image.
    """

    place: int
    title: str
    examples: dict[int, list[Example]]


@dataclass(frozen=True)
class Gallery:
    """Rows that were measured on the same images.

    Attributes:
        image_set: the image set.
        images: its number of images.
        strips: the rows.
    """

    image_set: str
    images: int
    strips: list[Strip]

    @property
    def seeds(self) -> list[int]:
        """All seeds that have pictures."""
        return sorted({seed for strip in self.strips for seed in strip.examples})

    @property
    def sources(self) -> list[Example]:
        """The test images shown."""
        return next(iter(self.strips[0].examples.values()))


def galleries(rows: Sequence[tuple[int, Row]]) -> list[Gallery]:
    """Return the pictures of all rows that have some: one gallery if all saw the same test images.

    Args:
        rows: the rows to show, with their indices in the table.
    """
    grouped: dict[object, list[tuple[int, str, dict[int, Kept]]]] = {}
    for place, row in rows:
        found = {seed: kept for seed, run in row.finished.items() if (kept := _kept(run))}
        if found:
            same = _images(*next(iter(found.values())))
            runs = {seed: kept for seed, kept in found.items() if _images(*kept) == same}
            grouped.setdefault(same, []).append((place, row.title, runs))
    room = LARGEST // max(1, len(grouped))
    return [_gallery(rows, room) for rows in grouped.values()]


def _kept(run: RunResult) -> Kept | None:
    try:
        found = load_readings(run.facts.run.readings) if run.facts else []
    except RunError:
        return None
    return next(((one, one.pairs) for one in found if one.pairs), None)


def _images(readings: Readings, pairs: Pairs) -> object:
    """Return a key that is equal for runs that were measured on the same test images."""
    return readings.name, pairs.indices[: pairs.sample].tobytes(), pairs.inputs[: pairs.sample].tobytes()


def _gallery(rows: Sequence[tuple[int, str, dict[int, Kept]]], room: int) -> Gallery:
    readings, pairs = next(iter(rows[0][2].values()))
    size = max(len(picture_uri(picture, LARGEST_SIDE)) for picture in pairs.outputs[:FEWEST])
    seeds = max(1, room // (size * FEWEST * len(rows)))
    shown = [(place, title, list(runs.items())[:seeds]) for place, title, runs in rows]
    places = _chosen(readings, pairs, max(FEWEST, min(MOST, room // (size * sum(len(runs) for _, _, runs in shown)))))
    strips = [
        Strip(place, title, {seed: examples(kept, places, LARGEST_SIDE) for seed, (kept, _) in runs})
        for place, title, runs in shown
    ]
    return Gallery(readings.name, readings.images, strips)


def _chosen(readings: Readings, pairs: Pairs, count: int) -> list[int]:
    """Choose places of the sample: the first of each class, then the second; or some spread evenly over it."""
    if readings.labels is None or (classes := np.unique(readings.labels)).size > min(MOST_CLASSES, count):
        return [int(place) for place in np.linspace(0, pairs.sample - 1, min(count, pairs.sample)).astype(int)]
    labels = readings.labels[pairs.indices[: pairs.sample]]
    of_class = [np.flatnonzero(labels == label) for label in classes]
    rounds = min(count // len(classes), min(map(len, of_class)))
    return [int(places[turn]) for turn in range(rounds) for places in of_class] or list(range(min(count, pairs.sample)))
