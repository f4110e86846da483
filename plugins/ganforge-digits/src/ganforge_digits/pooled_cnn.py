"""The encoder f as the DTN's paper describes it: four convolutions, each followed by max pooling."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ganforge.image_size import ImageSize
from ganforge_digits.blocks import Activation, Norm
from ganforge_digits.four_convolutions import CodeActivation, FourConvolutions


class PooledCNN(FourConvolutions):
    """Digit encoder of the DTN's paper: convolutions, max pooling, unbounded code (Taigman et al., 2016).

    As in section 5.1 of the paper, four convolutions have `width`, 2 `width`, 4 `width` and `code_dim` channels (64,
    128, 256, 128 in the paper). 2x2 max pooling and ReLU follow the first three; pooling over the remaining map (4x4 at
    32x32) follows the last and gives the code, before any ReLU. The paper leaves the kernel size open; here it is 3x3
    with a padding of 1.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; multiples of 8.
        code_dim: size of the code.
        classes: number of classes of the head; none for an encoder without a head.
        norm: batch norm after every convolution, including the code's (Ioffe and Szegedy, 2015, Algorithm 1), or none.
        activation: activation after the three hidden convolutions and at the start of the head; leaky has slope 0.2.
        width: channels of the first convolution.
        dropout: share of hidden activations, and of the head's input, set to zero in training (Srivastava et al.,
            2014, section 4).
        code_activation: tanh bounds the code to [-1, 1], and the head then has no activation of its own.

    Raises:
        ShapeError: a side of `image_size` is not a multiple of 8.

    Example:
        >>> import torch
        >>> PooledCNN(in_channels=1, image_size=32, width=4)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 128])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        code_dim: Annotated[int, Field(ge=1)] = 128,
        classes: Annotated[int, Field(ge=2)] | None = 10,
        norm: Norm = "none",
        activation: Activation = "relu",
        width: Annotated[int, Field(ge=1)] = 64,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        code_activation: CodeActivation = "none",
    ) -> None:
        super().__init__(
            pooled=True,
            in_channels=in_channels,
            image_size=image_size,
            code_dim=code_dim,
            classes=classes,
            norm=norm,
            activation=activation,
            width=width,
            dropout=dropout,
            code_activation=code_activation,
        )
