"""The coarse colours of a face: hair, skin and background by place, too coarse to tell people apart."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional


def coarse_colours(images: Tensor, grid: int) -> Tensor:
    """Return the mean of each cell of a grid, [N, C grid²], of images [N, C, H, W].

    Example:
        >>> import torch
        >>> coarse_colours(torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), 1)
        tensor([[4.]])
    """
    return functional.adaptive_avg_pool2d(images, grid).flatten(1)


class Colours(nn.Module):
    """Encoder without parameters: the mean colour of each cell of a coarse grid.

    As f it is a control: what a transfer keeps of a person by colours alone.

    Args:
        in_channels: channels of the images.
        grid: cells a side.

    Example:
        >>> import torch
        >>> Colours(in_channels=3, grid=4)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 48])
    """

    weightless = True

    def __init__(
        self, *, in_channels: Annotated[int, Field(ge=1)] = 3, grid: Annotated[int, Field(ge=1, le=64)] = 4
    ) -> None:
        super().__init__()
        self.in_channels, self.grid = in_channels, grid
        self.code_dim = in_channels * grid * grid

    def forward(self, images: Tensor) -> Tensor:
        """Return codes [N, in_channels grid²] of images [N, in_channels, H, W], in the images' range."""
        return coarse_colours(images, self.grid)
