"""Pictures of a study: the same test images in every row, so that the eye can compare, and what judges said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ganforge.data.images import Array
from ganforge.errors import RunError
from ganforge.report.pictures import picture_uri
from ganforge.report.readings import Pairs, Readings, load
from ganforge.study.report.material import Material
from ganforge.study.results import RunResult

MOST = 20
"""Test images, at most."""
FEWEST = 4
"""Test images, at least: where room is short, seeds are left out first."""
MOST_CLASSES = 10
LARGEST_SIDE = 64
"""Pixels of a picture's side, at most: what is larger is made smaller."""
LARGEST = 2_500_000
"""Characters of all pictures together, about."""


@dataclass(frozen=True)
class Source:
    """A test image.

    Attributes:
        index: its place in the set.
        label: its class, or None.
        uri: the image.
    """

    index: int
    label: int | None
    uri: str


@dataclass(frozen=True)
class Picture:
    """What became of a test image.

    Attributes:
        uri: the picture.
        read: the class that most judges read, of those that misread it if these are at least half; None without judges.
        wrong: whether at least half of the judges misread it.
        said: what each judge read, in words.
    """

    uri: str
    read: int | None
    wrong: bool
    said: str


@dataclass(frozen=True)
class Strip:
    """The pictures of a row.

    Attributes:
        place: the row's place in the table, from 0.
        title: what the row is called.
        pictures: by seed, one for each test image.
    """

    place: int
    title: str
    pictures: dict[int, list[Picture]]


@dataclass(frozen=True)
class Gallery:
    """Rows that were measured on the same images.

    Attributes:
        image_set: the set.
        images: how many images it has.
        sources: those that are shown.
        strips: the rows.
    """

    image_set: str
    images: int
    sources: list[Source]
    strips: list[Strip]

    @property
    def seeds(self) -> list[int]:
        """All seeds that there are pictures of."""
        return sorted({seed for strip in self.strips for seed in strip.pictures})


@dataclass(frozen=True)
class _Shown:
    """The pictures of a run."""

    readings: Readings
    pairs: Pairs


@dataclass(frozen=True)
class _Pictured:
    """A row with its pictures by seed."""

    place: int
    title: str
    runs: Mapping[int, _Shown]


def galleries(material: Material) -> list[Gallery]:
    """The pictures of all rows that have some: one gallery where all saw the same test images."""
    grouped: dict[object, list[_Pictured]] = {}
    for place, row in material.shown_rows:
        found = {seed: shown for seed, run in row.runs.items() if (shown := _shown(material, run))}
        if found:
            same = _images(next(iter(found.values())))
            runs = {seed: shown for seed, shown in found.items() if _images(shown) == same}
            grouped.setdefault(same, []).append(_Pictured(place, row.variant.title, runs))
    room = LARGEST // max(1, len(grouped))
    return [_gallery(rows, room) for rows in grouped.values()]


def _shown(material: Material, run: RunResult) -> _Shown | None:
    facts = material.runs.get(run.name)
    if facts is None or run.status != "finished":
        return None
    try:
        found = load(facts.run.readings)
    except RunError:
        return None
    return next((_Shown(one, one.pairs) for one in found if one.pairs), None)


def _images(shown: _Shown) -> object:
    """What tells test images apart: equal for runs that were measured on the same."""
    pairs = shown.pairs
    return shown.readings.name, pairs.indices[: pairs.sample].tobytes(), pairs.inputs[: pairs.sample].tobytes()


def _gallery(rows: Sequence[_Pictured], room: int) -> Gallery:
    first = next(iter(rows[0].runs.values()))
    readings, pairs = first.readings, first.pairs
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
        Strip(row.place, row.title, {seed: list(_pictures(row.runs[seed], places)) for seed in list(row.runs)[:seeds]})
        for row in rows
    ]
    return Gallery(readings.name, readings.images, sources, strips)


def _chosen(readings: Readings, pairs: Pairs, count: int) -> list[int]:
    """Places of the sample to show: the first of each class, then the second, or some spread evenly over it."""
    if readings.labels is None or (classes := np.unique(readings.labels)).size > min(MOST_CLASSES, count):
        return [int(place) for place in np.linspace(0, pairs.sample - 1, min(count, pairs.sample)).astype(int)]
    labels = readings.labels[pairs.indices[: pairs.sample]]
    of_class = [np.flatnonzero(labels == label) for label in classes]
    rounds = min(count // len(classes), min(map(len, of_class)))
    return [int(places[turn]) for turn in range(rounds) for places in of_class] or list(range(min(count, pairs.sample)))


def _pictures(shown: _Shown, places: Sequence[int]) -> Iterator[Picture]:
    readings = shown.readings
    misread = readings.misread()
    judges = readings.judges
    for place in places:
        index = int(shown.pairs.indices[place])
        said = [(judge.name, int(judge.classes[index])) for judge in judges]
        wrong = bool(judges) and bool(misread[index] * 2 >= len(judges))
        truth = None if readings.labels is None else int(readings.labels[index])
        # Where half of the judges are right, what the others say is what is to be shown.
        votes = [read for _, read in said if not wrong or read != truth]
        yield Picture(
            _uri(shown.pairs.outputs[place]),
            max(votes, key=votes.count) if votes else None,
            wrong,
            ", ".join(f"{name} reads {read}" for name, read in said),
        )


def _uri(picture: Array) -> str:
    return picture_uri(picture, LARGEST_SIDE)
