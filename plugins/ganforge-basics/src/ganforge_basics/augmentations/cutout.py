"""Random grey rectangles."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge_basics.augmentations.draws import chosen, uniform


def cutout(
    images: Tensor,
    generator: torch.Generator,
    *,
    size: Annotated[float, Field(ge=0, le=1)] = 0.25,
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0,
) -> Tensor:
    """Paint a mid-grey rectangle over images, with its centre anywhere in the image (DeVries and Taylor, 2017).

    Section 3 of the paper.

    Args:
        size: sides of the rectangle, as a share of the image's width and height; a part may be outside the image.
        probability: probability that an image is painted over.

    Example:
        >>> images = torch.zeros(1, 1, 4, 4)
        >>> cutout(images, torch.Generator(), size=0.5).max().item()
        0.5
    """
    height, width = images.shape[2:]
    precise = torch.empty(len(images), device=images.device)  # pixel positions need more bits than bf16 has
    rows = (torch.arange(height, device=images.device) + 0.5).view(1, 1, height, 1)
    columns = (torch.arange(width, device=images.device) + 0.5).view(1, 1, 1, width)
    inside = (rows - uniform(precise, generator, 0, height)).abs() < size * height / 2
    inside = inside & ((columns - uniform(precise, generator, 0, width)).abs() < size * width / 2)
    return torch.where(inside & chosen(images, generator, probability), torch.full_like(images, 0.5), images)
