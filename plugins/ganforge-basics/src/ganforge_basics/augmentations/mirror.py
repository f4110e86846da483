"""Random mirror images."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge.method import geometric
from ganforge_basics.augmentations.draws import chosen


@geometric
def mirror(
    images: Tensor, generator: torch.Generator, *, probability: Annotated[float, Field(ge=0, le=1)] = 0.5
) -> Tensor:
    """Swap left and right of some images (Krizhevsky et al., 2012, section 4.1).

    Args:
        probability: probability that an image is mirrored.

    Example:
        >>> mirror(torch.tensor([[[[0.0, 1.0]]]]), torch.Generator(), probability=1.0)
        tensor([[[[1., 0.]]]])
    """
    return torch.where(chosen(images, generator, probability), images.flip(3), images)
