"""The identity loss: G should leave images of the target domain as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from torch import Tensor

from ganforge.plugins import Nested, positional


class Identity:
    """The distance between t and G(t) (L_TID; Taigman et al., equation 6).

    Args:
        distance: how images are compared; one that compares `reference` and `value`.

    Raises:
        ValueError: the distance compares something other than images.
    """

    def __init__(self, *, distance: Annotated[Callable[..., Tensor], Nested("distance", default="basics/mse")]) -> None:
        if positional(distance) != ("reference", "value"):
            raise ValueError("images can only be compared by a distance of `reference` and `value`")
        self.distance = distance

    def __call__(self, target: Tensor, transferred_target: Tensor) -> Tensor:
        """The distance, a scalar; both images [N, C, H, W] in the target's range."""
        return self.distance(target, transferred_target)
