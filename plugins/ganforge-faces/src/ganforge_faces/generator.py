"""Generators g of faces: a code of f to an emoji, by blocks that double the map and mix it with a 1x1 convolution.

Taigman et al. (2016, section 5) describe theirs in a sentence: five blocks of an upscaling convolution, batch norm and
ReLU, with a 1x1 convolution added to each. Widths and the kind of upscaling are not in the paper.
"""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge.image_size import ImageSize, halvings
from ganforge_faces.layers import Norm, Upsampling, doubling, named, norm_layer

WIDEST = 8
"""Times `width`: the most channels of a map. The paper and DCGAN (2016) stop there as well, at 512."""


def widths(steps: int, width: int) -> list[int]:
    """Return the channels of the maps of a generator, from its smallest map on: doubled `width`, bounded.

    Example:
        >>> widths(4, 32)
        [256, 128, 64, 32, 32]
    """
    return [width * min(WIDEST, 2 ** max(steps - 1 - step, 0)) for step in range(steps)] + [width]


class FaceGenerator(nn.Module):
    """Generator of the DTN for faces: upsampling and 1x1 convolutions, then tanh (Taigman et al., 2016, section 5).

    A linear layer turns the code into the smallest map, 4x4 for powers of two; then follow blocks of an upscaling
    convolution and a 1x1 convolution, each with norm and ReLU, and a 3x3 convolution to the image. The 1x1 convolutions
    make f-constancy easier to reach (section 5).

    Args:
        code_dim: size of the code.
        out_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            64, 96 or (96, 64).
        norm: norm after each convolution except the last.
        upsampling: the way to double a map: interpolation and a 3x3 convolution, or a transposed convolution.
        mixing: add the 1x1 convolutions.
        width: channels of the last map before the image; each smaller map has twice as many, up to eight times.

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> FaceGenerator(code_dim=8, out_channels=3, image_size=64, width=4)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 64, 64])
    """

    def __init__(
        self,
        *,
        code_dim: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        norm: Norm = "batch",
        upsampling: Upsampling = "nearest",
        mixing: bool = True,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        steps, self.grid = halvings(image_size)
        channels = widths(steps, width)
        bias = norm == "none"  # a norm has a shift of its own
        self.entrance = nn.Linear(code_dim, channels[0] * self.grid[0] * self.grid[1], bias=bias)
        self.entrance_norm = norm_layer(norm, channels[0])
        self.blocks = nn.Sequential()
        for before, after in itertools.pairwise(channels):
            layers: dict[str, nn.Module] = {
                "doubling": doubling(before, after, upsampling, bias),
                "norm": norm_layer(norm, after),
                "activation": nn.ReLU(),
            }
            if mixing:
                layers["mixing"] = nn.Conv2d(after, after, 1, bias=bias)
                layers["mixing_norm"] = norm_layer(norm, after)
                layers["mixing_activation"] = nn.ReLU()
            self.blocks.append(named(**layers))
        self.exit = nn.Conv2d(channels[-1], out_channels, 3, padding=1)

    def forward(self, code: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W] in [-1, 1] from codes [N, code_dim]."""
        small = self.entrance(code).unflatten(1, (-1, *self.grid))
        images: Tensor = self.exit(self.blocks(nn.functional.relu(self.entrance_norm(small))))
        return images.tanh()
