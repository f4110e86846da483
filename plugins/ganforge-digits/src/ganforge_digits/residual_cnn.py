"""A small residual network: an encoder, and above all a judge, whose architecture has nothing in common with f's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge_digits.encoder import Encoder


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a 1x1 shortcut, all with batch norm; halves height and width, rounding up.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), with projection shortcuts throughout.

    Args:
        channels_in: the input's channels.
        channels_out: the output's channels.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(),
            nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, stride=2, bias=False),
            nn.BatchNorm2d(channels_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels_in, H, W] to [N, channels_out, ceil(H/2), ceil(W/2)]."""
        return functional.relu(self.residual(x) + self.shortcut(x))


class ResidualCNN(Encoder):
    """Small residual classifier with batch norm: a judge of another architecture than f's.

    A 3x3 convolution, three residual blocks that halve the image and double the channels, the mean over what is left,
    and a linear layer to the code; the head is ReLU and a linear layer. At 32x32 and the default width: 0.33 million
    parameters and 11 million multiplications per image. Images of any size from 8x8 up will do.

    Args:
        in_channels: the images' channels.
        code_dim: the code's size.
        classes: how many classes the head tells apart; none for an encoder without a head.
        width: the first convolution's channels.
        dropout: the share of the head's input that training sets to zero.
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        code_dim: Annotated[int, Field(ge=1)] = 128,
        classes: Annotated[int, Field(ge=2)] | None = 10,
        width: Annotated[int, Field(ge=1)] = 16,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    ) -> None:
        features = nn.Sequential(
            nn.Conv2d(in_channels, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            ResidualBlock(width, 2 * width),
            ResidualBlock(2 * width, 4 * width),
            ResidualBlock(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8 * width, code_dim),
        )
        super().__init__(
            features,
            in_channels=in_channels,
            code_dim=code_dim,
            classes=classes,
            head_activation=nn.ReLU(),
            dropout=dropout,
        )
