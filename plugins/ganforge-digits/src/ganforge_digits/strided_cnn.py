"""The encoder f of the DTN's replication: four convolutions that downsample by stride, not by pooling."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ganforge.image_size import ImageSize
from ganforge_digits.blocks import Activation, Norm
from ganforge_digits.four_convolutions import CodeActivation, FourConvolutions


class StridedCNN(FourConvolutions):
    """Digit encoder of the DTN's replication: strided convolutions, an unbounded code.

    Three 3x3 convolutions of stride 2 (`width`, 2 and 4 times `width` channels), then one that covers what is left of
    the image (4x4 at 32x32) and gives the code, before any ReLU; the head is ReLU and a linear layer. As it stands it
    is the network of Hua, Rempe and Zhang (CS229, 2017), with 896,522 parameters for 3 channels and 895,370 for 1.
    `norm = "batch"` with `code_activation = "tanh"` is the form of yunjey's DTN: a code in [-1, 1].

    Args:
        in_channels: the images' channels.
        image_size: of the images: pixels of a side, or height and width; multiples of 8.
        code_dim: the code's size.
        classes: how many classes the head tells apart; none for an encoder without a head.
        norm: batch norm after every convolution, that of the code too, or none.
        activation: what follows the three hidden convolutions, and comes first in the head; leaky has slope 0.2.
        width: the first convolution's channels.
        dropout: the share of hidden activations, and of the head's input, that training sets to zero.
        code_activation: tanh puts the code in [-1, 1], and the head then has no activation of its own.

    Raises:
        ShapeError: a side of `image_size` is no multiple of 8.
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
            pooled=False,
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
