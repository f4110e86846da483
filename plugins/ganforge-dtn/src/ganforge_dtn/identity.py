"""The identity loss: G maps images of the target domain to themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from torch import Tensor

from ganforge.plugins import Nested, positional


class Identity:
    """Distance between t and G(t) (L_TID; Taigman et al., 2016, equation 6).

    Args:
        distance: compares the images; its parameters must be `reference` and `value`.

    Raises:
        ValueError: the distance compares class scores or labels.

    Example:
        >>> import torch
        >>> identity = Identity(distance=lambda reference, value: (reference - value).abs().mean())
        >>> identity(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2))
        tensor(1.)
    """

    def __init__(self, *, distance: Annotated[Callable[..., Tensor], Nested("distance", default="basics/mse")]) -> None:
        if positional(distance) != ("reference", "value"):
            raise ValueError("images can only be compared by a distance of `reference` and `value`")
        self.distance = distance

    def __call__(self, target: Tensor, transferred_target: Tensor) -> Tensor:
        """Return the distance, a scalar; both images are [N, C, H, W] in the target's range."""
        return self.distance(target, transferred_target)
