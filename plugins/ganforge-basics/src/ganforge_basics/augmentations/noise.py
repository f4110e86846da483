"""Random noise."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge_basics.augmentations.draws import Strength, normal, uniform


def noise(
    images: Tensor,
    generator: torch.Generator,
    *,
    std: Annotated[float, Field(ge=0, le=1)] = 0.05,
    strength: Strength = 1.0,
) -> Tensor:
    """Add normal noise to every pixel and channel, with a standard deviation drawn for each image.

    Args:
        std: largest standard deviation; each image draws one uniformly between 0 and this.
        strength: factor of `std`.

    Example:
        >>> images = torch.full((1, 1, 2, 2), 0.5)
        >>> torch.equal(noise(images, torch.Generator(), std=0.0), images)
        True
    """
    amount = uniform(images, generator, 0, std * strength)
    return (images + amount * normal(images, generator)).clamp(0, 1)
