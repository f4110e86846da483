"""Confusion matrices of readers: how often each class was read as which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganforge.data.images import Array
from ganforge.report.numbers import Share, share
from ganforge.report.readings import Reader, Readings

MOST = 1000
"""The largest number of classes that are counted at all."""
FREQUENT = 6


@dataclass(frozen=True)
class Confusion:
    """One reader's classes against the labels.

    Attributes:
        reader: the reader.
        counts: images by true class (rows) and class read (columns), [classes, classes].
        right: the share of images read correctly.
        frequent: the most frequent confusions: true class, class read, images.
    """

    reader: Reader
    counts: Array
    right: Share
    frequent: list[tuple[int, int, int]]


def confusions(readings: Readings) -> list[Confusion]:
    """Return the confusions of every reader of an image set, judges first; none without labels."""
    labels, found = readings.labels, []
    if labels is None or not readings.images:
        return []
    for reader in sorted(readings.readers, key=lambda reader: not reader.judge):
        size = int(max(labels.max(), reader.classes.max())) + 1
        if size > MOST:
            continue
        # They are stored in as few bytes as they need, in which the sum would overflow.
        places = labels.astype(np.int32) * size + reader.classes.astype(np.int32)
        counts = np.bincount(places, minlength=size * size).reshape(size, size)
        wrong = counts * (1 - np.eye(size, dtype=counts.dtype))
        order = np.argsort(-wrong, axis=None, kind="stable")[:FREQUENT]
        cells = [(int(flat // size), int(flat % size)) for flat in order]
        frequent = [(row, column, int(wrong[row, column])) for row, column in cells if wrong[row, column]]
        right = share(float((labels == reader.classes).mean()), len(labels))
        found.append(Confusion(reader, counts, right, frequent))
    return found
