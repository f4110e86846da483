"""The networks of CycleGAN, in any size: images to images by residual blocks, and a discriminator of patches.

The generator is that of Johnson et al. (2016), as Zhu et al. (2017) use it; the discriminator is the PatchGAN of Isola
et al. (2017).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, divided, shown, sides
from ganforge_gans.layers import LEAK, Init, Norm, initialize, norm_layer, normalize_spectrally


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose result is added to what they were given."""

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
        """Features [N, channels, h, w], changed."""
        changed: Tensor = features + self.layers(features)
        return changed


class ResidualTranslator(nn.Module):
    """CycleGAN's generator: images to images, two halvings, residual blocks, two doublings, tanh at the end.

    As it stands in the paper, for 128x128 pixels: `width` 64 and 6 blocks.

    Args:
        in_channels: channels of the images that it reads.
        out_channels: channels of the images that it writes.
        image_size: of both: pixels of a side, or height and width; multiples of 4.
        norm: what follows all convolutions but the last.
        width: channels at full size; four times as many in the blocks.
        blocks: how many residual blocks.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).

    Raises:
        ShapeError: a side of `image_size` is no multiple of 4.
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
        """Images [N, out_channels, S, S] in [-1, 1] of images [N, in_channels, S, S].

        Raises:
            ShapeError: the images are not of `image_size`.
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
    """PatchGAN: a score for each of many overlapping patches of the image, by convolutions alone.

    `halvings` convolutions (4x4, stride 2) from `width` channels on, each doubling them; one more of stride 1, and one
    to the scores. With 3 halvings a score sees 70x70 pixels, with 1 it sees 16x16.

    Args:
        in_channels: the images' channels.
        outputs: how many scores for each patch.
        norm: what follows all convolutions but the first and the last.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018).
        width: the first convolution's channels.
        halvings: how often the image is halved.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).
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
        """Scores [N, outputs, h, w], without bound, of images [N, in_channels, H, W].

        Raises:
            ShapeError: the images are smaller than 3 * 2^halvings, so that nothing is left to be scored.
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
    """A convolution that keeps the size; the border is reflected, as black frames would be seen."""
    return nn.Conv2d(channels, wanted, size, padding=size // 2, padding_mode="reflect", bias=norm == "none")
