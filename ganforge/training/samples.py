"""Samples while training: the same inputs every time, so that pictures of different steps can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet, Inputs
from ganforge.measuring.evaluator import Evaluator
from ganforge.report.grid import pair_grid, picture_grid


class SampleGrid:
    """Draws the sample grid of a run.

    Args:
        evaluator: sends images through the networks.
        images: where the inputs come from, spread evenly over the set; None where they are noise.
        count: inputs of the grid.
    """

    def __init__(self, evaluator: Evaluator, images: ImageSet | None, count: int = 32) -> None:
        self._evaluator = evaluator
        self._inputs: Inputs
        if images is None:
            self._inputs = evaluator.noise("grid", 2 * count)  # there is but one picture of each
            return
        chosen = np.linspace(0, len(images) - 1, min(count, len(images))).astype(np.int64)
        self._inputs = ImageSet(
            "samples", images.images[chosen], None, images.classes, images.normalization, images.digest
        )

    def picture(self, networks: Mapping[str, nn.Module]) -> Array:
        """The grid with the networks as they are, uint8 [H, W, 3]: outputs, beside what they were made of if images."""
        outputs = self._evaluator.pictures(networks, self._inputs)
        if not isinstance(self._inputs, ImageSet):
            return picture_grid(outputs)
        return pair_grid(self._inputs.pictures(self._inputs.tensor(slice(None))), outputs)
