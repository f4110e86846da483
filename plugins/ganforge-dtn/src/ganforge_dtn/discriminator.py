"""Discriminator D of the DTN's replication: an image to class scores, by convolutions down to 1x1."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganforge.errors import ShapeError
from ganforge.image_size import ImageSize, halvings
from ganforge.layers import Conv2d
from ganforge_dtn.blocks import Activation, activation_layer, block, norm_layer
from ganforge_dtn.initialization import Init, initialize


class DigitDiscriminator(nn.Module):
    """Discriminator of the DTN's replication: a small convolutional classifier (Hua et al., CS229, 2017).

    Convolutions (4x4, stride 2) halve the image down to 4x4 and double the channels from `width` on, with a norm after
    all except the first. A 4x4 convolution to twice `width` channels reduces the rest to 1x1, and a 1x1 convolution
    gives the scores. With the defaults at 32x32 it is the replication's network: 64, 128, 256 and 128 channels, leaky
    ReLU, and 1,182,403 parameters for grey images and 3 outputs.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        outputs: number of scores; 3 for the DTN's ternary D, 1 for a binary one.
        norm: norm after the halving convolutions, except the first.
        spectral_norm: divide every convolution's weights by their largest singular value (Miyato et al., 2018,
            equation 8).
        activation: activation after every convolution except the last; leaky has slope 0.2.
        downsample: halve by a 4x4 convolution of stride 2, or by a 3x3 convolution and 2x2 max pooling.
        width: channels of the first convolution.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (Radford et al., 2016, section 4).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> DigitDiscriminator(in_channels=1, image_size=32, width=4)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 3])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        outputs: Annotated[int, Field(ge=1)] = 3,
        norm: Literal["none", "batch"] = "batch",
        spectral_norm: bool = False,
        activation: Activation = "leaky-relu",
        downsample: Literal["stride", "pool"] = "stride",
        width: Annotated[int, Field(ge=1)] = 64,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.outputs = outputs
        blocks = []
        channels = in_channels
        steps, grid = halvings(image_size)
        for step in range(steps):
            wider = width << step
            if downsample == "stride":
                convolution, pool = nn.Conv2d(channels, wider, 4, stride=2, padding=1), None
            else:
                convolution, pool = nn.Conv2d(channels, wider, 3, padding=1), nn.MaxPool2d(2)
            norm_after = norm_layer(norm, wider) if step else None
            blocks.append(block(convolution, norm=norm_after, pool=pool, activation=activation_layer(activation)))
            channels = wider
        blocks.append(block(Conv2d(channels, 2 * width, grid), activation=activation_layer(activation)))
        blocks.append(block(Conv2d(2 * width, outputs, 1)))
        self.blocks = nn.Sequential(*blocks)
        initialize(self, init)
        if spectral_norm:
            for module in list(self.modules()):
                if isinstance(module, nn.Conv2d):
                    parametrizations.spectral_norm(module)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores [N, outputs], before softmax, of images [N, in_channels, H, W] in [-1, 1].

        Raises:
            ShapeError: the images are larger than `image_size` and would get more than one set of scores each.
        """
        scores: Tensor = self.blocks(images)
        if scores.shape[2:] != (1, 1):
            raise ShapeError(
                f"this discriminator was built for another size than {images.shape[2]}x{images.shape[3]} pixels",
                fix="leave its image_size unset: the data imply it",
            )
        return scores.flatten(1)
