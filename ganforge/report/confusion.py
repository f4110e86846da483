"""Confusion: how often each class was read as which, by reader."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganforge.data.images import Array
from ganforge.report.readings import Reader, Readings
from ganforge.report.share import Share, share

LARGEST = 20
"""Classes, at most, of a matrix that a page can show; beyond that only the list of confusions is."""
MOST = 1000
"""Classes, at most, that are counted at all."""
FREQUENT = 6


@dataclass(frozen=True)
class Confusion:
    """One reader's readings against the labels.

    Attributes:
        reader: who reads.
        counts: images by true class (rows) and reading (columns), [classes, classes].
        right: the share that it reads as labelled.
        frequent: the most frequent confusions: true class, reading, images.
    """

    reader: Reader
    counts: Array
    right: Share
    frequent: list[tuple[int, int, int]]

    @property
    def rows(self) -> Array:
        """Images of each true class, [classes]."""
        total: Array = self.counts.sum(1)
        return total

    @property
    def columns(self) -> Array:
        """Images read as each class, [classes]."""
        total: Array = self.counts.sum(0)
        return total

    @property
    def shown(self) -> bool:
        """Whether the matrix is small enough for a page."""
        return len(self.counts) <= LARGEST


def confusions(readings: Readings) -> list[Confusion]:
    """The confusions of every reader of an image set, judges first; none without labels."""
    if readings.labels is None or not readings.images:
        return []
    ordered = sorted(readings.readers, key=lambda reader: not reader.judge)
    labels = readings.labels
    return [_confusion(reader, labels) for reader in ordered if max(labels.max(), reader.classes.max()) < MOST]


def _confusion(reader: Reader, labels: Array) -> Confusion:
    size = int(max(labels.max(), reader.classes.max())) + 1
    counts = np.bincount(labels * size + reader.classes, minlength=size * size).reshape(size, size)
    wrong = counts * (1 - np.eye(size, dtype=counts.dtype))
    order = np.argsort(-wrong, axis=None, kind="stable")[:FREQUENT]
    places = [(int(flat // size), int(flat % size)) for flat in order]
    frequent = [(row, column, int(wrong[row, column])) for row, column in places if wrong[row, column]]
    right = float((labels == reader.classes).mean())
    return Confusion(reader, counts, share(right, len(labels)), frequent)
