"""Sample grids of a training, with the same inputs each time so that pictures of different steps can be compared.

For a method with a class among its inputs, each row shows one class, made of the same noise or images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.readings import evenly_spread
from ganforge.report.pictures import COLUMNS, pair_grid, picture_grid

ROWS = 16
"""Maximal number of classes shown; of more classes, evenly spread ones are."""


class SampleGrid:
    """Draws the sample grid of a run: `count` inputs without classes, evenly spread images of a set or else noise."""

    def __init__(self, evaluator: Evaluator, images: ImageSet | None, count: int = 32) -> None:
        self._evaluator = evaluator
        forward = evaluator.forward
        self._class = next(iter(forward.counts), None)
        if self._class is not None:
            count = COLUMNS
        elif images is None:
            count *= 2  # without an input picture beside each output
        given = {self._class: 0} if self._class else None
        if images is None:
            self._shown = forward.drawn("grid", count, given)
        else:
            chosen = evenly_spread(np.arange(len(images)), count)
            shown = replace(images, name="samples", images=images.images[chosen], labels=None)
            self._shown = forward.inputs(shown, given)
        self._inputs = self._shown
        if self._class is not None:
            classes = np.arange(forward.counts[self._class])
            self._inputs = self._shown.for_each(self._class, evenly_spread(classes, ROWS))

    def picture(self, networks: Mapping[str, nn.Module]) -> Array:
        """Return the grid of the networks' outputs beside or below their input images, uint8 [H, W, 3]."""
        outputs = self._evaluator.pictures(networks, self._inputs)
        images = self._shown.images
        inputs = images.pictures(images.tensor(slice(None))) if images is not None else outputs[:0]
        if self._class is not None:
            return picture_grid([*inputs, *outputs], len(self._shown))
        return pair_grid(inputs, outputs) if images is not None else picture_grid(outputs)
