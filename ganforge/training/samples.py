"""Samples while training: the same inputs every time, so that pictures of different steps can be compared.

A method with a class among its inputs shows one class a row, made of the same noise or images as in every other row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.measuring.evaluator import Evaluator
from ganforge.report.pictures import COLUMNS, pair_grid, picture_grid

ROWS = 16
"""Classes shown, at most; more are spread evenly over all of them."""


class SampleGrid:
    """Draws the sample grid of a run.

    Args:
        evaluator: sends images through the networks.
        images: where the inputs come from, spread evenly over the set; None where they are noise.
        count: inputs of the grid, of a method without classes.
    """

    def __init__(self, evaluator: Evaluator, images: ImageSet | None, count: int = 32) -> None:
        self._evaluator = evaluator
        forward = evaluator.forward
        self._class = next(iter(forward.counts), None)
        if self._class is not None:
            count = COLUMNS
        elif images is None:
            count *= 2  # there is but one picture of each
        given = {self._class: 0} if self._class else None
        if images is None:
            self._shown = forward.drawn("grid", count, given)
        else:
            chosen = np.linspace(0, len(images) - 1, min(count, len(images))).astype(np.int64)
            shown = replace(images, name="samples", images=images.images[chosen], labels=None)
            self._shown = forward.inputs(shown, given)
        self._inputs = self._shown
        if self._class is not None:
            classes = forward.counts[self._class]
            rows = np.linspace(0, classes - 1, min(classes, ROWS)).astype(np.int64)
            self._inputs = self._shown.for_each(self._class, rows)

    def picture(self, networks: Mapping[str, nn.Module]) -> Array:
        """Draw the grid with the networks as they are, uint8 [H, W, 3].

        Outputs stand beside or, one class a row, below the images that they were made of.
        """
        outputs = self._evaluator.pictures(networks, self._inputs)
        images = self._shown.images
        inputs = images.pictures(images.tensor(slice(None))) if images is not None else outputs[:0]
        if self._class is not None:
            return picture_grid([*inputs, *outputs], len(self._shown))
        return pair_grid(inputs, outputs) if images is not None else picture_grid(outputs)
