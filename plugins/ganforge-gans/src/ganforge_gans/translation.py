"""The networks of CycleGAN at any size: images to images by residual blocks, and a discriminator of patches.

The generator is from Johnson et al. (2016, section 3.1), as used by Zhu et al. (2017, section 4); the discriminator is
the PatchGAN of Isola et al. (2017, section 3.2.2).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, divided, shown, sides
from ganforge_gans.layers import LEAK, Init, Norm, initialize, norm_layer, normalize_spectrally


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with an identity shortcut (He et al., 2016, equation 1), without ReLU after the sum."""

    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(channels, channels, 3, norm),
            *norm_layer(norm, channels),
            nn.ReLU(),
            _convolution(channels, channels, 3, norm),
            *norm_layer(norm, channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return the sum of the features [N, channels, h, w] and their residual."""
        changed: Tensor = features + self.layers(features)
        return changed


class ResidualTranslator(nn.Module):
    """Generator of CycleGAN: two halvings, residual blocks, two doublings, tanh (Zhu et al., 2017, section 4).

    The defaults are the paper's for 128x128 pixels: a `width` of 64 and 6 blocks.

    Args:
        in_channels: channels of the input images.
        out_channels: channels of the output images.
        image_size: pixels per side of the input and output images, or height and width; multiples of 4.
        norm: norm after all convolutions except the last.
        width: channels at full size; the blocks have four times as many.
        blocks: number of residual blocks.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (Radford et al., 2016, section 4).

    Raises:
        ShapeError: a side of `image_size` is not a multiple of 4.

    Example:
        >>> import torch
        >>> network = ResidualTranslator(in_channels=1, out_channels=3, image_size=16, width=4, blocks=1)
        >>> network(torch.zeros(2, 1, 16, 16)).shape
        torch.Size([2, 3, 16, 16])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        norm: Norm = "instance",
        width: Annotated[int, Field(ge=1)] = 64,
        blocks: Annotated[int, Field(ge=0)] = 6,
        init: Init = "dcgan",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.sides = sides(image_size)
        divided(image_size, 4)
        layers: list[nn.Module] = [_convolution(in_channels, width, 7, norm), *norm_layer(norm, width), nn.ReLU()]
        for channels in (width, 2 * width):
            down = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1, bias=norm == "none")
            layers += [down, *norm_layer(norm, 2 * channels), nn.ReLU()]
        layers += [ResidualBlock(4 * width, norm) for _ in range(blocks)]
        for channels in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(
                channels, channels // 2, 3, stride=2, padding=1, output_padding=1, bias=norm == "none"
            )
            layers += [up, *norm_layer(norm, channels // 2), nn.ReLU()]
        layers += [_convolution(width, out_channels, 7, "none"), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialize(self, init)

    def forward(self, images: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W] in [-1, 1] from images [N, in_channels, H, W].

        Raises:
            ShapeError: the images differ from `image_size`.
        """
        if images.shape[2:] != self.sides:
            raise ShapeError(
                f"this generator writes images of {shown(self.sides)} pixels and was given "
                f"{images.shape[2]}x{images.shape[3]}",
                fix="give both data roles the same `resize`",
            )
        translated: Tensor = self.layers(images)
        return translated


class PatchDiscriminator(nn.Module):
    """PatchGAN: one score for each of many overlapping patches (Isola et al., 2017, section 3.2.2).

    `halvings` convolutions (4x4, stride 2) start at `width` channels and double them each time; one of stride 1
    follows, and one to the scores. A score covers 70x70 pixels with 3 halvings and 16x16 with 1.

    Args:
        in_channels: channels of the images.
        outputs: number of scores per patch.
        norm: norm after all convolutions except the first and the last.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018,
            equation 8).
        width: channels of the first convolution.
        halvings: number of times that the image is halved.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (Radford et al., 2016, section 4).

    Example:
        >>> import torch
        >>> PatchDiscriminator(in_channels=1, width=4, halvings=1)(torch.zeros(2, 1, 16, 16)).shape
        torch.Size([2, 1, 6, 6])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        outputs: Annotated[int, Field(ge=1)] = 1,
        norm: Norm = "instance",
        spectral_norm: bool = False,
        width: Annotated[int, Field(ge=1)] = 64,
        halvings: Annotated[int, Field(ge=1)] = 3,
        init: Init = "dcgan",
    ) -> None:
        super().__init__()
        self.halvings = halvings
        layers: list[nn.Module] = []
        channels = in_channels
        for step in range(halvings + 1):
            wider = width << step
            normed = norm_layer(norm, wider) if step else []
            stride = 2 if step < halvings else 1
            convolution = nn.Conv2d(channels, wider, 4, stride=stride, padding=1, bias=not normed)
            layers += [convolution, *normed, nn.LeakyReLU(LEAK)]
            channels = wider
        layers.append(nn.Conv2d(channels, outputs, 4, padding=1))
        self.layers = nn.Sequential(*layers)
        initialize(self, init)
        if spectral_norm:
            normalize_spectrally(self)

    def forward(self, images: Tensor) -> Tensor:
        """Return unbounded scores [N, outputs, h, w] of images [N, in_channels, H, W].

        Raises:
            ShapeError: a side of the images is below 3 * 2^halvings pixels, too small for any score.
        """
        least = 3 << self.halvings
        if min(images.shape[2:]) < least:
            raise ShapeError(
                f"images of {images.shape[2]}x{images.shape[3]} pixels are too small to be halved {self.halvings} "
                f"times and then scored: that takes {least}",
                fix="set fewer `halvings`, or a larger `resize`",
            )
        scores: Tensor = self.layers(images)
        return scores


def _convolution(channels: int, wanted: int, size: int, norm: Norm) -> nn.Conv2d:
    """Return a convolution that keeps the size, with reflection padding: zeros would draw a frame."""
    return nn.Conv2d(channels, wanted, size, padding=size // 2, padding_mode="reflect", bias=norm == "none")
