"""Residual variants of g and D: blocks with a shortcut, as in SNGAN (Miyato et al., 2018, appendix B.4)."""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge.image_size import ImageSize, halvings, sides
from ganforge.layers import DoublingConv2d, HalvingConv2d
from ganforge_faces.generator import widths
from ganforge_faces.layers import Norm, norm_layer, normalize_spectrally, require_sides


class Rising(nn.Module):
    """Residual block that doubles a map: [N, channels, H, W] to [N, wider, 2H, 2W]."""

    def __init__(self, channels: int, wider: int, norm: Norm) -> None:
        super().__init__()
        self.norm1, self.norm2 = norm_layer(norm, channels), norm_layer(norm, wider)
        self.convolution1 = DoublingConv2d(channels, wider)
        self.convolution2 = nn.Conv2d(wider, wider, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, wider, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the doubled map."""
        inner = self.convolution1(functional.relu(self.norm1(maps)))
        inner = self.convolution2(functional.relu(self.norm2(inner)))
        # A 1x1 convolution and doubling by repetition commute, and before the doubling there is a quarter to compute.
        shortcut: Tensor = functional.interpolate(self.shortcut(maps), scale_factor=2)
        risen: Tensor = inner + shortcut
        return risen


class Falling(nn.Module):
    """Residual block that halves a map by averaging: [N, channels, H, W] to [N, wider, H/2, W/2]."""

    def __init__(self, channels: int, wider: int, first: bool) -> None:
        super().__init__()
        self.first = first
        self.convolution1 = nn.Conv2d(channels, wider, 3, padding=1)
        self.convolution2 = HalvingConv2d(wider, wider)
        self.shortcut = nn.Conv2d(channels, wider, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the halved map."""
        inner = maps if self.first else functional.leaky_relu(maps, 0.2)  # an image is not rectified
        inner = self.convolution2(functional.leaky_relu(self.convolution1(inner), 0.2))
        halved: Tensor = inner + self.shortcut(functional.avg_pool2d(maps, 2))
        return halved


class ResidualGenerator(nn.Module):
    """Generator of residual blocks that double the map, then tanh (Miyato et al., 2018, appendix B.4).

    Args:
        code_dim: size of the code.
        out_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            64, 96 or (96, 64).
        norm: norm before each 3x3 convolution.
        width: channels of the last map before the image; each smaller map has twice as many, up to eight times.

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> ResidualGenerator(code_dim=8, out_channels=3, image_size=64, width=4)(torch.zeros(2, 8)).shape
        torch.Size([2, 3, 64, 64])
    """

    def __init__(
        self,
        *,
        code_dim: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        norm: Norm = "batch",
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        steps, self.grid = halvings(image_size)
        channels = widths(steps, width)
        self.entrance = nn.Linear(code_dim, channels[0] * self.grid[0] * self.grid[1])
        pairs = itertools.pairwise(channels)
        self.blocks = nn.Sequential(*(Rising(before, after, norm) for before, after in pairs))
        self.norm = norm_layer(norm, channels[-1])
        self.exit = nn.Conv2d(channels[-1], out_channels, 3, padding=1)

    def forward(self, code: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W] in [-1, 1] from codes [N, code_dim]."""
        maps = self.blocks(self.entrance(code).unflatten(1, (-1, *self.grid)))
        images: Tensor = self.exit(functional.relu(self.norm(maps)))
        return images.tanh()


class ResidualDiscriminator(nn.Module):
    """Discriminator of residual blocks that halve the map (Miyato et al., 2018, appendix B.4).

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            64, 96 or (96, 64).
        outputs: number of scores; 3 for the DTN's ternary D, 1 for a binary one.
        spectral_norm: divide the weights of every layer by their largest singular value (equation 8).
        width: channels of the first block; each further one has twice as many, up to eight times.

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> ResidualDiscriminator(in_channels=3, image_size=64, width=4)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 3])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 3,
        spectral_norm: bool = True,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        self.sides = sides(image_size)
        steps, _ = halvings(image_size)
        channels = [in_channels, *widths(steps, width)[-2::-1]]
        pairs = enumerate(itertools.pairwise(channels))
        self.blocks = nn.Sequential(*(Falling(before, after, step == 0) for step, (before, after) in pairs))
        self.verdict = nn.Linear(channels[-1], outputs)
        if spectral_norm:
            normalize_spectrally(self)

    def forward(self, images: Tensor) -> Tensor:
        """Return unbounded scores [N, outputs] of images [N, in_channels, H, W] in [-1, 1].

        Raises:
            ShapeError: the images differ from `image_size`.
        """
        require_sides(images, self.sides)
        maps = functional.leaky_relu(self.blocks(images), 0.2)
        scores: Tensor = self.verdict(maps.sum((2, 3)))
        return scores
