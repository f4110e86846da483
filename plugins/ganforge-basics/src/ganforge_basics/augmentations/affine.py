"""Random rotation, shift, zoom and shear."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ganforge.method import geometric
from ganforge_basics.augmentations.draws import Strength, uniform

Magnification = Annotated[float, Field(gt=0)]


@geometric
def affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    rotate: Annotated[float, Field(ge=0, le=180)] = 10.0,
    translate: Annotated[float, Field(ge=0, le=1)] = 0.1,
    scale: tuple[Magnification, Magnification] = (0.9, 1.1),
    shear: Annotated[float, Field(ge=0, lt=90)] = 0.0,
    padding: Literal["border", "reflection", "zeros"] = "border",
    strength: Strength = 1.0,
) -> Tensor:
    """Rotate, shift, magnify and shear every image by random amounts, with bilinear sampling.

    Each amount is uniform between its negative and its positive bound, magnification between its two bounds. All are
    about the image's centre, in pixels: circles stay circles in images that are not square.

    Args:
        rotate: largest rotation, in degrees.
        translate: largest shift along each axis, as a share of the width or height.
        scale: smallest and largest magnification.
        shear: largest shear along the width, in degrees.
        padding: pixels beyond the image: its border continued, its reflection, or black.
        strength: factor of `rotate`, `translate` and `shear`, and exponent of `scale`.

    Example:
        >>> images = torch.rand(2, 3, 8, 8)
        >>> affine(images, torch.Generator(), rotate=45.0).shape
        torch.Size([2, 3, 8, 8])
    """
    rotate, translate, shear = strength * rotate, strength * translate, strength * shear
    height, width = images.shape[2:]
    precise = images.to(torch.promote_types(images.dtype, torch.float32))

    def draw(low: float, high: float) -> Tensor:
        return uniform(precise, generator, low, high).flatten()

    angle = draw(-rotate, rotate) * (math.pi / 180)
    shift_x, shift_y = draw(-2 * translate, 2 * translate), draw(-2 * translate, 2 * translate)  # the grid's width is 2
    zoom = draw(*(bound**strength for bound in scale))
    slant = torch.tan(draw(-shear, shear) * (math.pi / 180))

    # The grid holds the source position of each output pixel: rotation, then shear, divided by the zoom. Its
    # coordinates run from -1 to 1 on both axes, hence the aspect ratio in the two mixed terms.
    cos, sin, aspect = torch.cos(angle) / zoom, torch.sin(angle) / zoom, height / width
    across = torch.stack([cos + slant * sin, (slant * cos - sin) * aspect, shift_x], dim=1)
    down = torch.stack([sin / aspect, cos, shift_y], dim=1)
    grid = functional.affine_grid(torch.stack([across, down], dim=1), list(images.shape), align_corners=False)
    moved = functional.grid_sample(precise, grid, mode="bilinear", padding_mode=padding, align_corners=False)
    return moved.clamp(0, 1).to(images.dtype)
