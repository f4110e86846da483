"""The part of an image that an encoder reads, at the size that it reads it in; differentiable."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import AfterValidator
from torch import Tensor
from torch.nn import functional


def _box(shares: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = shares
    if not (left < right and top < bottom):
        raise ValueError("must be left, top, right, bottom, with left < right and top < bottom")
    return shares


Box = Annotated[tuple[float, float, float, float], AfterValidator(_box)]
"""The annotation of an option `crop`: left, top, right, bottom as shares of the image, which may exceed 0 to 1."""


def crop(images: Tensor, box: tuple[float, float, float, float], size: int) -> Tensor:
    """Return the part of images [N, C, H, W] in a box, bilinear, as [N, C, size, size]; beyond the edge, its pixels.

    Example:
        >>> crop(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), (0.5, 0.0, 1.0, 0.5), 1)
        tensor([[[[2.]]]])
    """
    left, top, right, bottom = box
    # Coordinates run from -1 to 1, and fractions of a pixel need more bits than bf16 has.
    across = torch.tensor([[right - left, 0.0, left + right - 1], [0.0, bottom - top, top + bottom - 1]])
    grid = functional.affine_grid(across[None], [1, 1, size, size], align_corners=False).to(images.device)
    precise = images.to(torch.promote_types(images.dtype, torch.float32))
    grid = grid.to(precise.dtype).expand(len(images), -1, -1, -1)
    with torch.autocast(images.device.type, enabled=False):
        return functional.grid_sample(precise, grid, mode="bilinear", padding_mode="border", align_corners=False)
