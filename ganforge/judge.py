"""The judge contract: a network that gives class scores of pictures, features of them, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor


class Judge(Protocol):
    """What metrics receive as the values of `judges`, by the judge's name.

    Images are uint8 [N, H, W, C]; size, channels and normalisation are taken care of.
    """

    def __call__(self, images: npt.NDArray[Any], /) -> Tensor:
        """Class scores, float32 [N, classes] on the CPU.

        Raises:
            GanforgeError: the judge has no head.
        """

    def features(self, images: npt.NDArray[Any], /) -> Tensor:
        """Features, by which images are compared, float32 [N, D] on the CPU.

        Raises:
            GanforgeError: the judge's method names no features.
        """


CIRCULAR = " (circular)"
"""End of the key of each number that proves nothing: its judge, or the network that it reads outputs through, took part
in training."""


def is_circular(name: str) -> bool:
    """Return whether the key of a number, or the name of a judge in it, is marked as circular."""
    return name.endswith(CIRCULAR)


def metric_of(key: str) -> str:
    """Return the metric that the key of a number names: `constancy` of `constancy/cosine (circular)`."""
    return key.removesuffix(CIRCULAR).split("/")[0]


def counted(values: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Return the numbers of a metric, or of one of its parts, that count: circular ones only where there are no others.

    Args:
        values: by key.
        metric: a metric, or a metric, a slash and a part.
    """
    found = {key: value for key, value in values.items() if f"{key.removesuffix(CIRCULAR)}/".startswith(f"{metric}/")}
    return {key: value for key, value in found.items() if not is_circular(key)} or found
