"""Random blur."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ganforge_basics.augmentations.draws import chosen, uniform

Sigma = Annotated[float, Field(ge=0)]

NO_BLUR = 1e-3  # in pixels: the weights of all but the centre are exactly 0


def blur(
    images: Tensor,
    generator: torch.Generator,
    *,
    probability: Annotated[float, Field(ge=0, le=1)] = 0.5,
    sigma: tuple[Sigma, Sigma] = (0.1, 1.0),
) -> Tensor:
    """Blur images by Gaussians of random width, with the border continued outwards.

    Args:
        probability: probability that an image is blurred.
        sigma: smallest and largest standard deviation, in pixels; each image draws one uniformly between them.

    Example:
        >>> images = torch.rand(2, 3, 8, 8)
        >>> torch.equal(blur(images, torch.Generator(), probability=0.0), images)
        True
    """
    radius = math.ceil(3 * max(sigma))
    precise = images.to(torch.promote_types(images.dtype, torch.float32))
    widths = uniform(precise, generator, *sigma).clamp(min=NO_BLUR)
    offsets = torch.arange(-radius, radius + 1, device=images.device, dtype=precise.dtype)
    weights = torch.exp(-0.5 * (offsets / widths) ** 2)
    weights = weights / weights.sum(dim=3, keepdim=True)  # [N, 1, 1, taps]

    blurred = precise
    for _ in range(2):  # along the rows; then, transposed, along the columns
        padded = functional.pad(blurred, (radius, radius, 0, 0), mode="replicate")
        neighbours = padded.unfold(3, 2 * radius + 1, 1)  # [N, C, H, W, taps]
        blurred = (neighbours * weights.unsqueeze(3)).sum(dim=4).transpose(2, 3)
    return torch.where(chosen(images, generator, probability), blurred.clamp(0, 1).to(images.dtype), images)
