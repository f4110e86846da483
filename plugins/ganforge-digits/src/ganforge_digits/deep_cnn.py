"""The encoder f of the shipped recipes: twice as deep and half as wide as the replication's, at about the same cost."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import nn

from ganforge.image_size import ImageSize, divided
from ganforge_digits.blocks import activation_layer, convolution_block
from ganforge_digits.encoder import Encoder


class DeepCNN(Encoder):
    """Digit encoder of seven convolutions with batch norm: two per stage, the second with stride 2.

    Three stages have `width`, 2 `width` and 4 `width` channels, each with a 3x3 convolution of stride 1 and one of
    stride 2, with batch norm (Ioffe and Szegedy, 2015, Algorithm 1). A convolution over the remaining map (4x4 at
    32x32) gives the unbounded code, before any ReLU; the head is ReLU and a linear layer.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; multiples of 8.
        code_dim: size of the code.
        classes: number of classes of the head; none for an encoder without a head.
        width: channels of the first stage.
        dropout: share of hidden activations, and of the head's input, set to zero in training (Srivastava et al.,
            2014, section 4).

    Raises:
        ShapeError: a side of `image_size` is not a multiple of 8.

    Example:
        >>> import torch
        >>> DeepCNN(in_channels=1, image_size=32, width=4)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 128])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        code_dim: Annotated[int, Field(ge=1)] = 128,
        classes: Annotated[int, Field(ge=2)] | None = 10,
        width: Annotated[int, Field(ge=1)] = 32,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    ) -> None:
        left = divided(image_size, 8)

        def hidden(channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
            return convolution_block(
                channels_in,
                channels_out,
                3,
                stride=stride,
                padding=1,
                norm="batch",
                activation=activation_layer("relu"),
                dropout=dropout,
            )

        channels = [in_channels, width, 2 * width, 4 * width]
        stages = [
            nn.Sequential(hidden(before, after, 1), hidden(after, after, 2)) for before, after in pairwise(channels)
        ]
        code = convolution_block(4 * width, code_dim, left, norm="none")
        super().__init__(
            nn.Sequential(*stages, code),
            in_channels=in_channels,
            code_dim=code_dim,
            classes=classes,
            head_activation=activation_layer("relu"),
            dropout=dropout,
        )
