"""Readings of a finished run for its report: predictions on the test images, and some of the images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.measuring.evaluator import Measured
from ganforge.method import Method, Quantity
from ganforge.report.readings import Pairs, Reader, Readings

SAMPLE = 120
FAILURES = 80
LARGEST = 800_000
"""Maximal number of bytes of kept pictures: the larger they are, the fewer are kept."""


def take_readings(method: type[Method], measured: Measured, pictures: bool) -> Readings:
    """Reduce the measurement of one image set to the content of a report, with or without some pictures."""
    inputs = measured.inputs
    readers = [
        Reader(_network(method, quantity), quantity.name, quantity.doc, False, _classes(measured.tables[quantity.name]))
        for quantity in method.quantities().values()
        if quantity.name in measured.tables and quantity.scores
    ]
    readers += [Reader(name, "", "", True, _classes(verdict)) for name, verdict in measured.verdicts.items()]
    names = (inputs.images and inputs.images.class_names) or ()
    readings = Readings(inputs.name, len(inputs), inputs.classes, inputs.labels, readers, class_names=names)
    if not pictures or inputs.images is None:
        return readings
    return replace(readings, pairs=_pairs(inputs.images, measured, readings.failures))


def _pairs(images: ImageSet, measured: Measured, failures: Array) -> Pairs:
    """Return an evenly spread sample of the set, then evenly spread failures."""
    first = images.pictures(images.tensor(slice(0, 1)))
    room = max(2, LARGEST // (_shown(first)[0].nbytes + _shown(measured.outputs[:1])[0].nbytes))
    sample = evenly_spread(np.arange(len(images)), min(SAMPLE, room * SAMPLE // (SAMPLE + FAILURES)))
    failures = evenly_spread(np.setdiff1d(failures, sample), min(FAILURES, room - len(sample)))
    chosen = np.concatenate([sample, failures])
    inputs = images.pictures(images.tensor(chosen))
    return Pairs(chosen, _shown(inputs), _shown(measured.outputs[chosen]), len(sample))


def _network(method: type[Method], scores: Quantity) -> str:
    """Return the network that a quantity of class scores comes from."""
    return next((need for need in scores.needs if need in method.networks), scores.name)


def evenly_spread(indices: Array, count: int) -> Array:
    """Return at most `count` of some indices, evenly spread."""
    if not len(indices) or count <= 0:
        return indices[:0]
    return indices[np.linspace(0, len(indices) - 1, min(count, len(indices))).astype(np.int64)]


def _shown(pictures: Array) -> Array:
    """Return pictures as grey or RGB."""
    return pictures[..., :3] if pictures.shape[3] >= 3 else pictures[..., :1]


def _classes(scores: Tensor) -> Array:
    classes: Array = scores.argmax(1).cpu().numpy()
    return classes
