"""The features that metrics compare: the codes of an even selection of images by a judge, in float64."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field
from torch import Tensor

from ganforge.errors import DataError
from ganforge.judge import Judge

Pictures = npt.NDArray[np.uint8]
# At least two images: a single one has neither a variance nor a neighbour.
AtMost = Annotated[int, Field(ge=2)]


def evenly(count: int, at_most: int) -> npt.NDArray[np.int64]:
    """Return the indices of at most `at_most` of `count` images at even intervals, since data may be sorted by class.

    Example:
        >>> evenly(10, 3).tolist()
        [0, 3, 6]
    """
    chosen = min(count, at_most)
    return np.arange(chosen, dtype=np.int64) * count // max(chosen, 1)


def read(judge: Judge, images: Pictures, at_most: int, at_least: int = 2) -> Tensor:
    """Return a judge's features of images, float64 [n, D].

    Args:
        judge: computes the features.
        images: uint8 [N, H, W, C].
        at_most: greatest number of images, taken at even intervals.
        at_least: least number of images that the metric needs.

    Raises:
        DataError: there are fewer images than the metric needs.
    """
    chosen = images[evenly(len(images), at_most)]
    if len(chosen) < at_least:
        raise DataError(
            f"{len(chosen)} images are too few for the metrics that compare features: this one needs {at_least}",
            fix="measure more images (`validation`, `limit`, the metric's `images`), or lower its `neighbours`",
        )
    return judge.features(chosen).double()
