"""The judge contract: a network that gives class scores of pictures, features of them, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor


class Judge(Protocol):
    """A judge as metrics receive it, in `judges` by name; `measuring.judges.load_judges` builds them.

    Images are uint8 [N, H, W, C] of any size and channels.
    """

    def __call__(self, images: npt.NDArray[Any], /) -> Tensor:
        """Return class scores, float32 [N, classes] on the CPU.

        Raises:
            GanforgeError: the judge has no head.
        """

    def features(self, images: npt.NDArray[Any], /) -> Tensor:
        """Return features, by which images are compared, float32 [N, D] on the CPU.

        Raises:
            GanforgeError: the judge's method names no features.
        """


CIRCULAR = " (circular)"
"""Suffix of the keys of numbers that prove nothing, as their judge or network took part in training."""


def is_circular(name: str) -> bool:
    """Return True if the key of a number, or the name of a judge, is marked as circular."""
    return name.endswith(CIRCULAR)


def metric_of(key: str) -> str:
    """Return the metric in the key of a number, such as `constancy` in `constancy/cosine (circular)`."""
    return key.removesuffix(CIRCULAR).split("/")[0]


def counted(values: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Return the numbers of a metric or a `metric/part` that count: circular ones only if there are no others."""
    found = {key: value for key, value in values.items() if f"{key.removesuffix(CIRCULAR)}/".startswith(f"{metric}/")}
    return {key: value for key, value in found.items() if not is_circular(key)} or found
