"""Samples while training: the same inputs every time, so that pictures of different steps can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from ganforge.data.images import Array
from ganforge.data.source import ImageSet
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
        if images is None:
            self._inputs = evaluator.forward.drawn("grid", 2 * count)  # there is but one picture of each
            return
        chosen = np.linspace(0, len(images) - 1, min(count, len(images))).astype(np.int64)
        shown = ImageSet("samples", images.images[chosen], None, images.classes, images.normalization, images.digest)
        self._inputs = evaluator.forward.inputs(shown)

    def picture(self, networks: Mapping[str, nn.Module]) -> Array:
        """The grid with the networks as they are, uint8 [H, W, 3]: outputs, beside what they were made of if images."""
        outputs = self._evaluator.pictures(networks, self._inputs)
        images = self._inputs.images
        return pair_grid(images.pictures(images.tensor(slice(None))), outputs) if images else picture_grid(outputs)
