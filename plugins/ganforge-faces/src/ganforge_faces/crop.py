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
    precise = images.to(torch.promote_types(images.dtype, torch.float32))  # bf16 is too coarse for positions of pixels
    # The centres of the pixels to be, as shares of the box; a grid's coordinates run from -1 to 1.
    centres = (torch.arange(size, device=images.device, dtype=precise.dtype) + 0.5) / size
    across, down = (2 * (first + (last - first) * centres) - 1 for first, last in ((left, right), (top, bottom)))
    grid = torch.stack([across.expand(size, -1), down[:, None].expand(-1, size)], dim=2)
    grid = grid.expand(len(images), -1, -1, -1)
    return functional.grid_sample(precise, grid, mode="bilinear", padding_mode="border", align_corners=False)
