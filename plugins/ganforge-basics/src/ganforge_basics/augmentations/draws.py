"""Random numbers for augmentations, drawn on the generator's device and moved to the images' device.

So a CPU generator gives the same numbers for images on any device, and one of the images' device needs no copy.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge.plugins import Since

Strength = Annotated[float, Field(ge=0, le=1), Since("0.1.0")]


def uniform(images: Tensor, generator: torch.Generator, low: float, high: float) -> Tensor:
    """Return one number per sample, uniform in [low, high): [N, 1, 1, 1], of the images' type and device."""
    numbers = torch.rand(len(images), 1, 1, 1, generator=generator, device=_place(images, generator))
    return (low + (high - low) * numbers).to(images)


def chosen(images: Tensor, generator: torch.Generator, probability: float) -> Tensor:
    """Choose each sample with this probability: bool [N, 1, 1, 1], on the images' device."""
    numbers = torch.rand(len(images), 1, 1, 1, generator=generator, device=_place(images, generator))
    return (numbers < probability).to(images.device)


def normal(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return one standard normal number per pixel and channel, of the images' shape, type and device."""
    return torch.randn(images.shape, generator=generator, device=_place(images, generator)).to(images)


def _place(images: Tensor, generator: torch.Generator) -> torch.device:
    """Return the generator's device; that of images without values, for which no device has a generator."""
    return images.device if images.is_meta else generator.device
