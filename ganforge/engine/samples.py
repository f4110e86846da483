"""Samples while training: the same inputs every time, so that pictures of different steps can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
from ganforge.engine.evaluate import Evaluator
from ganforge.report.grid import pair_grid


class SampleGrid:
    """Draws the sample grid of a run.

    Args:
        evaluator: sends images through the networks.
        images: where the inputs come from, spread evenly over the set.
        count: pairs in the grid.
    """

    def __init__(self, evaluator: Evaluator, images: ImageSet, count: int = 32) -> None:
        self._evaluator = evaluator
        chosen = np.linspace(0, len(images) - 1, min(count, len(images))).astype(np.int64)
        self._images = ImageSet(
            "samples", images.images[chosen], None, images.classes, images.normalization, images.digest
        )

    def picture(self, networks: Mapping[str, nn.Module]) -> Array:
        """The grid with the networks as they are, uint8 [H, W, 3]: inputs and outputs side by side."""
        outputs = self._evaluator.pictures(networks, self._images)
        inputs = self._images.pictures(self._images.tensor(slice(None)))
        return pair_grid(inputs, outputs)
