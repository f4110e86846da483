"""Pictures on a study's page: the outputs of every row for the same test images, and what judges read in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ganforge.data.images import Array
from ganforge.errors import RunError
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


@dataclass(frozen=True)
class Source:
    """A test image.

    Attributes:
        index: its index in the image set.
        label: its class, or None.
        uri: the image.
    """

    index: int
    label: int | None
    uri: str


@dataclass(frozen=True)
class Picture:
    """The output for a test image.

    Attributes:
        uri: the picture.
        read: the class that most judges read, among those that misread it if these are at least half; None without
            judges.
        wrong: True if at least half of the judges misread it.
        said: each judge's class, in words.
    """

    uri: str
    read: int | None
    wrong: bool
    said: str


@dataclass(frozen=True)
class Strip:
    """The pictures of a row.

    Attributes:
        place: the row's index in the table.
        title: its title.
        pictures: by seed, one for each test image.
    """

    place: int
    title: str
    pictures: dict[int, list[Picture]]


@dataclass(frozen=True)
class Gallery:
    """Rows that were measured on the same images.

    Attributes:
        image_set: the image set.
        images: its number of images.
        sources: the images shown.
        strips: the rows.
    """

    image_set: str
    images: int
    sources: list[Source]
    strips: list[Strip]

    @property
    def seeds(self) -> list[int]:
        """All seeds that have pictures."""
        return sorted({seed for strip in self.strips for seed in strip.pictures})


@dataclass(frozen=True)
class _Pictured:
    """A row with its pictures by seed."""

    place: int
    title: str
    runs: Mapping[int, tuple[Readings, Pairs]]


def galleries(rows: Sequence[tuple[int, Row]]) -> list[Gallery]:
    """Return the pictures of all rows that have some: one gallery if all saw the same test images.

    Args:
        rows: the rows to show, with their indices in the table.
    """
    grouped: dict[object, list[_Pictured]] = {}
    for place, row in rows:
        found = {seed: shown for seed, run in row.finished.items() if (shown := _shown(run))}
        if found:
            same = _images(*next(iter(found.values())))
            runs = {seed: shown for seed, shown in found.items() if _images(*shown) == same}
            grouped.setdefault(same, []).append(_Pictured(place, row.title, runs))
    room = LARGEST // max(1, len(grouped))
    return [_gallery(rows, room) for rows in grouped.values()]


def _shown(run: RunResult) -> tuple[Readings, Pairs] | None:
    try:
        found = load_readings(run.facts.run.readings) if run.facts else []
    except RunError:
        return None
    return next(((one, one.pairs) for one in found if one.pairs), None)


def _images(readings: Readings, pairs: Pairs) -> object:
    """Return a key that is equal for runs that were measured on the same test images."""
    return readings.name, pairs.indices[: pairs.sample].tobytes(), pairs.inputs[: pairs.sample].tobytes()


def _gallery(rows: Sequence[_Pictured], room: int) -> Gallery:
    readings, pairs = next(iter(rows[0].runs.values()))
    size = max(len(_uri(picture)) for picture in pairs.outputs[:FEWEST])
    seeds = max(1, room // (size * FEWEST * len(rows)))
    runs = sum(min(seeds, len(row.runs)) for row in rows)
    places = _chosen(readings, pairs, max(FEWEST, min(MOST, room // (size * runs))))
    sources = []
    for place in places:
        index = int(pairs.indices[place])
        label = None if readings.labels is None else int(readings.labels[index])
        sources.append(Source(index, label, _uri(pairs.inputs[place])))
    strips = [
        Strip(row.place, row.title, {seed: list(_pictures(*row.runs[seed], places)) for seed in list(row.runs)[:seeds]})
        for row in rows
    ]
    return Gallery(readings.name, readings.images, sources, strips)


def _chosen(readings: Readings, pairs: Pairs, count: int) -> list[int]:
    """Choose places of the sample: the first of each class, then the second; or some spread evenly over it."""
    if readings.labels is None or (classes := np.unique(readings.labels)).size > min(MOST_CLASSES, count):
        return [int(place) for place in np.linspace(0, pairs.sample - 1, min(count, pairs.sample)).astype(int)]
    labels = readings.labels[pairs.indices[: pairs.sample]]
    of_class = [np.flatnonzero(labels == label) for label in classes]
    rounds = min(count // len(classes), min(map(len, of_class)))
    return [int(places[turn]) for turn in range(rounds) for places in of_class] or list(range(min(count, pairs.sample)))


def _pictures(readings: Readings, pairs: Pairs, places: Sequence[int]) -> Iterator[Picture]:
    misread, judges = readings.misread(), readings.judges
    for place in places:
        index = int(pairs.indices[place])
        said = [(judge.name, int(judge.classes[index])) for judge in judges]
        wrong = bool(judges) and bool(misread[index] * 2 >= len(judges))
        truth = None if readings.labels is None else int(readings.labels[index])
        # Of an image that counts as misread, the wrong class is shown.
        votes = [read for _, read in said if not wrong or read != truth]
        yield Picture(
            _uri(pairs.outputs[place]),
            max(votes, key=votes.count) if votes else None,
            wrong,
            ", ".join(f"{name} reads {read}" for name, read in said),
        )


def _uri(picture: Array) -> str:
    return picture_uri(picture, LARGEST_SIDE)
