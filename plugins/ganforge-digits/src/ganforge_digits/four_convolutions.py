"""Base class of the paper's f and the replication's f: four convolutions, three halvings, one code."""

from __future__ import annotations

from typing import Literal

from torch import nn

from ganforge.image_size import as_size, divided
from ganforge_digits.blocks import Activation, Norm, activation_layer, convolution_block
from ganforge_digits.encoder import Encoder

CodeActivation = Literal["none", "tanh"]


class FourConvolutions(Encoder):
    """Three hidden convolutions that each halve the image, and a fourth that maps the rest to the code.

    `StridedCNN` and `PooledCNN` are its two forms and document the other parameters; this class is not a component.

    Args:
        pooled: halve by max pooling instead of stride.

    Raises:
        ShapeError: a side of `image_size` is not a multiple of 8.
    """

    def __init__(
        self,
        *,
        pooled: bool,
        in_channels: int,
        image_size: int | tuple[int, int],
        code_dim: int,
        classes: int | None,
        norm: Norm,
        activation: Activation,
        width: int,
        dropout: float,
        code_activation: CodeActivation,
    ) -> None:
        left = divided(image_size, 8)

        def hidden(channels_in: int, channels_out: int) -> nn.Sequential:
            return convolution_block(
                channels_in,
                channels_out,
                3,
                stride=1 if pooled else 2,
                padding=1,
                norm=norm,
                pool=2 if pooled else 1,
                activation=activation_layer(activation),
                dropout=dropout,
            )

        bounded = code_activation == "tanh"
        features = nn.Sequential(
            hidden(in_channels, width),
            hidden(width, 2 * width),
            hidden(2 * width, 4 * width),
            convolution_block(
                4 * width,
                code_dim,
                3 if pooled else left,
                padding=1 if pooled else 0,
                norm=norm,
                pool=as_size(*left) if pooled else 1,
                activation=nn.Tanh() if bounded else None,
            ),
        )
        super().__init__(
            features,
            in_channels=in_channels,
            code_dim=code_dim,
            classes=classes,
            head_activation=nn.Identity() if bounded else activation_layer(activation),
            dropout=dropout,
        )
