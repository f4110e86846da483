"""The judge contract: a network of the target domain that gives class scores and features of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor


class Judge(Protocol):
    """What metrics receive as the values of `judges`, by the judge's name.

    Images are uint8 [N, H, W, C]; size, channels and normalisation are taken care of.
    """

    def __call__(self, images: npt.NDArray[Any], /) -> Tensor:
        """Class scores, float32 [N, classes] on the CPU."""

    def features(self, images: npt.NDArray[Any], /) -> Tensor:
        """What the judge reads in images before it classifies them, float32 [N, D] on the CPU.

        Raises:
            GanforgeError: the judge's method does not say which of its quantities that is.
        """


CIRCULAR = " (circular)"
"""What the name of a judge that took part in training ends with, wherever a number of it stands."""


def is_circular(name: str) -> bool:
    """Whether a judge's name, or a metric's part named after a judge, says that it took part in training."""
    return name.endswith(CIRCULAR)
