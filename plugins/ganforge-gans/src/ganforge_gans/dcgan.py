"""The networks of DCGAN: noise to images by transposed convolutions, images to a score by convolutions.

Radford, Metz and Chintala: Unsupervised Representation Learning with Deep Convolutional GANs, 2016 (arXiv 1511.06434).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, halvings, sides
from ganforge.layers import Conv2d, ConvTranspose2d
from ganforge_gans.layers import LEAK, Init, Norm, initialize, norm_layer, normalize_spectrally


class DCGANGenerator(nn.Module):
    """Generator of DCGAN: transposed convolutions with norm and ReLU, then tanh (Radford et al., 2016, section 3).

    A transposed convolution turns the noise into a small map, 4x4 for powers of two. Each further one (4x4, stride 2)
    doubles the map and, except for the last, halves the channels, down to `width`.

    Args:
        code_dim: size of the noise vector.
        out_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        norm: norm after all convolutions except the last; layer norm is over channels and positions.
        width: channels of the last map before the image.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (section 4).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> DCGANGenerator(code_dim=8, out_channels=1, image_size=32, width=4)(torch.zeros(2, 8)).shape
        torch.Size([2, 1, 32, 32])
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
        layers: list[nn.Module] = [ConvTranspose2d(code_dim, channels, grid, bias=bias)]
        layers += [*norm_layer(norm, channels), nn.ReLU()]
        for _ in range(steps - 1):
            layers.append(nn.ConvTranspose2d(channels, channels // 2, 4, stride=2, padding=1, bias=bias))
            channels //= 2
            layers += [*norm_layer(norm, channels), nn.ReLU()]
        layers += [nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialize(self, init)

    def forward(self, code: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W] in [-1, 1] from noise [N, code_dim]."""
        images: Tensor = self.layers(code[:, :, None, None])
        return images


class DCGANDiscriminator(nn.Module):
    """Discriminator of DCGAN: strided convolutions, leaky ReLU, one score (Radford et al., 2016, section 3).

    Each convolution (4x4, stride 2) halves the map and, after the first, doubles the channels; a norm follows all
    except the first. At 4x4 for powers of two, a last convolution gives the score.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        outputs: number of scores.
        norm: none or layer for losses that need D's gradient at single images; layer is over channels and positions.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018,
            equation 8).
        width: channels of the first convolution.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (section 4).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> DCGANDiscriminator(in_channels=1, image_size=32, width=4)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 1])
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
        layers.append(Conv2d(channels, outputs, grid))
        self.layers = nn.Sequential(*layers)
        initialize(self, init)
        if spectral_norm:
            normalize_spectrally(self)

    def forward(self, images: Tensor) -> Tensor:
        """Return unbounded scores [N, outputs] of images [N, in_channels, H, W] in [-1, 1].

        Raises:
            ShapeError: the images differ from `image_size`.
        """
        if images.shape[2:] != self.sides:
            raise ShapeError(
                f"this discriminator was built for another size than {images.shape[2]}x{images.shape[3]} pixels",
                fix="leave its image_size unset: the data imply it",
            )
        scores: Tensor = self.layers(images)
        return scores.flatten(1)
