"""The networks of DCGAN: noise to images by transposed convolutions, and images to a score by convolutions.

Radford, Metz and Chintala: Unsupervised Representation Learning with Deep Convolutional GANs, 2016 (arXiv 1511.06434).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, halvings, sides
from ganforge_gans.layers import LEAK, Init, Norm, initialize, norm_layer, normalize_spectrally


class DCGANGenerator(nn.Module):
    """DCGAN's generator: transposed convolutions from 1x1 up, a norm and ReLU after each, tanh at the end.

    A transposed convolution turns the noise into a small map, 4x4 for powers of two; each further one (4x4, stride 2)
    doubles the map and, but for the last, halves the channels, down to `width`.

    Args:
        code_dim: the size of the noise.
        out_channels: the images' channels.
        image_size: of the images: pixels of a side, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        norm: what follows all convolutions but the last; layer norm is over channels and places.
        width: the channels of the last map before the image.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels a side.
    """

    def __init__(
        self,
        *,
        code_dim: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        norm: Norm = "batch",
        width: Annotated[int, Field(ge=1)] = 64,
        init: Init = "dcgan",
    ) -> None:
        super().__init__()
        steps, grid = halvings(image_size)
        channels = width << (steps - 1)
        bias = norm == "none"  # a norm has a shift of its own
        layers: list[nn.Module] = [nn.ConvTranspose2d(code_dim, channels, grid, bias=bias)]
        layers += [*norm_layer(norm, channels), nn.ReLU()]
        for _ in range(steps - 1):
            layers.append(nn.ConvTranspose2d(channels, channels // 2, 4, stride=2, padding=1, bias=bias))
            channels //= 2
            layers += [*norm_layer(norm, channels), nn.ReLU()]
        layers += [nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialize(self, init)

    def forward(self, code: Tensor) -> Tensor:
        """Images [N, out_channels, S, S] in [-1, 1] of noise [N, code_dim]."""
        images: Tensor = self.layers(code[:, :, None, None])
        return images


class DCGANDiscriminator(nn.Module):
    """DCGAN's discriminator: convolutions of stride 2 down to 4x4, leaky ReLU, then one to the score.

    Each (4x4, stride 2) halves the map and, after the first, doubles the channels; a norm follows all but the first.

    Args:
        in_channels: the images' channels.
        image_size: of the images: pixels of a side, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        outputs: how many scores.
        norm: none or layer for losses that need D's gradient at single images; layer is over channels and places.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018).
        width: the first convolution's channels.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels a side.
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 1,
        norm: Norm = "batch",
        spectral_norm: bool = False,
        width: Annotated[int, Field(ge=1)] = 64,
        init: Init = "dcgan",
    ) -> None:
        super().__init__()
        self.sides = sides(image_size)
        layers: list[nn.Module] = []
        channels = in_channels
        steps, grid = halvings(image_size)
        for step in range(steps):
            wider = width << step
            normed = norm_layer(norm, wider) if step else []
            layers += [nn.Conv2d(channels, wider, 4, stride=2, padding=1, bias=not normed), *normed, nn.LeakyReLU(LEAK)]
            channels = wider
        layers.append(nn.Conv2d(channels, outputs, grid))
        self.layers = nn.Sequential(*layers)
        initialize(self, init)
        if spectral_norm:
            normalize_spectrally(self)

    def forward(self, images: Tensor) -> Tensor:
        """Scores [N, outputs], without bound, of images [N, in_channels, S, S] in [-1, 1].

        Raises:
            ShapeError: the images are not of `image_size`.
        """
        if images.shape[2:] != self.sides:
            raise ShapeError(
                f"this discriminator is for images of another size than {images.shape[2]}x{images.shape[3]} pixels",
                fix="leave its image_size unset: the data imply it",
            )
        scores: Tensor = self.layers(images)
        return scores.flatten(1)
