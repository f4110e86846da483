"""The features that metrics compare: what a judge reads in images that stand for all, in float64."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field
from torch import Tensor

from ganforge.errors import DataError
from ganforge.judge import Judge

Pictures = npt.NDArray[np.uint8]
# Two images at least: one has neither a spread nor a neighbour.
AtMost = Annotated[int, Field(ge=2)]


def evenly(count: int, at_most: int) -> npt.NDArray[np.int64]:
    """Indices of at most so many of `count` images, evenly spread: data may be sorted by class."""
    chosen = min(count, at_most)
    return np.arange(chosen, dtype=np.int64) * count // max(chosen, 1)


def read(judge: Judge, images: Pictures, at_most: int, at_least: int = 2) -> Tensor:
    """A judge's features of images, float64 [n, D].

    Args:
        judge: reads the images.
        images: uint8 [N, H, W, C].
        at_most: the number of images, evenly spread, to read.
        at_least: the number without which there is nothing to compute.

    Raises:
        DataError: there are fewer images.
    """
    chosen = images[evenly(len(images), at_most)]
    if len(chosen) < at_least:
        raise DataError(
            f"{len(chosen)} images are too few for the metrics that compare features: this one needs {at_least}",
            fix="measure more images (`validation`, `limit`), or raise the metric's `images`",
        )
    return judge.features(chosen).double()
