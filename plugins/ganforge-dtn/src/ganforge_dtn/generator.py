"""Generator g of the DTN's replication: a code to an image, by transposed convolutions from 1x1 upwards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from ganforge.image_size import ImageSize, halvings
from ganforge.layers import ConvTranspose2d
from ganforge_dtn.blocks import Activation, Norm, activation_layer, block, norm_layer
from ganforge_dtn.initialization import Init, initialize


class DigitGenerator(nn.Module):
    """Generator of the DTN's replication: transposed convolutions, then tanh (Hua et al., CS229, 2017).

    A transposed convolution without a norm turns the code into a small map, 4x4 for powers of two. Each further one
    (4x4, stride 2) doubles the map and, except for the last, halves the channels, down to `width`. With the defaults at
    32x32 it is the replication's network: 256, 128 and 64 channels, and 1,181,505 parameters for a code of 128 and grey
    images.

    Args:
        code_dim: size of the code.
        out_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as
            32, 64, 96 or (96, 64).
        norm: norm after the convolutions between the first and the last.
        activation: activation after every convolution except the last; leaky has slope 0.2.
        output: tanh bounds the images to [-1, 1]; none leaves them unbounded.
        width: channels of the last map before the image.
        bias_before_norm: keep the biases that a norm makes redundant, as the replication does.
        init: PyTorch's own initial weights, or DCGAN's N(0, 0.02²) (Radford et al., 2016, section 4).

    Raises:
        ShapeError: `image_size` cannot be halved evenly to a grid of 4 to 15 pixels per side.

    Example:
        >>> import torch
        >>> DigitGenerator(code_dim=8, out_channels=1, image_size=32, width=4)(torch.zeros(2, 8)).shape
        torch.Size([2, 1, 32, 32])
    """

    def __init__(
        self,
        *,
        code_dim: Annotated[int, Field(ge=1)],
        out_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        norm: Norm = "batch",
        activation: Activation = "relu",
        output: Literal["tanh", "none"] = "tanh",
        width: Annotated[int, Field(ge=1)] = 64,
        bias_before_norm: bool = True,
        init: Init = "default",
    ) -> None:
        super().__init__()
        self.code_dim = code_dim
        self.out_channels = out_channels
        steps, grid = halvings(image_size)
        channels = width << (steps - 1)
        blocks = [block(ConvTranspose2d(code_dim, channels, grid), activation=activation_layer(activation))]
        for _ in range(steps - 1):
            half = channels // 2
            bias = bias_before_norm or norm == "none"
            convolution = nn.ConvTranspose2d(channels, half, 4, stride=2, padding=1, bias=bias)
            blocks.append(block(convolution, norm=norm_layer(norm, half), activation=activation_layer(activation)))
            channels = half
        last = nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1)
        blocks.append(block(last, activation=nn.Tanh() if output == "tanh" else None))
        self.blocks = nn.Sequential(*blocks)
        initialize(self, init)

    def forward(self, code: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W], in [-1, 1] with tanh, from codes [N, code_dim]."""
        images: Tensor = self.blocks(code[:, :, None, None])
        return images
