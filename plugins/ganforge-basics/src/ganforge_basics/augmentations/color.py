"""Random brightness, contrast, loss of colour and inversion."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge_basics.augmentations.draws import Strength, chosen, uniform

Probability = Annotated[float, Field(ge=0, le=1)]


def color(
    images: Tensor,
    generator: torch.Generator,
    *,
    brightness: Annotated[float, Field(ge=0, le=1)] = 0.2,
    contrast: Annotated[float, Field(ge=0, le=1)] = 0.2,
    invert: Probability = 0.0,
    grey: Probability = 0.0,
    strength: Strength = 1.0,
) -> Tensor:
    """Change contrast and brightness of every image by random amounts, then make some grey and invert some.

    Args:
        brightness: largest amount added to, or subtracted from, all pixels.
        contrast: contrast about the image's mean is multiplied by 1 - contrast to 1 + contrast.
        invert: probability of the negative, 1 - image.
        grey: probability that every channel becomes the mean of the channels.
        strength: factor of `brightness` and `contrast`.

    Example:
        >>> images = torch.zeros(1, 1, 1, 1)
        >>> color(images, torch.Generator(), brightness=0.0, contrast=0.0, invert=1.0).item()
        1.0
    """
    brightness, contrast = strength * brightness, strength * contrast
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    gain = uniform(images, generator, 1 - contrast, 1 + contrast)
    offset = uniform(images, generator, -brightness, brightness)
    # The image times the gain, plus a constant: exact for a gain of 1, which (image - mean) * gain + mean is not.
    images = (images * gain + (mean * (1 - gain) + offset)).clamp(0, 1)
    images = torch.where(chosen(images, generator, grey), images.mean(dim=1, keepdim=True), images)
    return torch.where(chosen(images, generator, invert), 1 - images, images)
