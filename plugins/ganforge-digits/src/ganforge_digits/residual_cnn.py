"""A small residual network: an encoder, mainly for judges, with an architecture unlike that of f."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge_digits.encoder import Encoder


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a 1x1 shortcut, all with batch norm; halves height and width, rounded up.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), equation 2, with projection shortcuts
    throughout.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.

    Example:
        >>> import torch
        >>> ResidualBlock(2, 4)(torch.zeros(1, 2, 5, 5)).shape
        torch.Size([1, 4, 3, 3])
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
        """Map [N, channels_in, H, W] to [N, channels_out, ceil(H/2), ceil(W/2)]."""
        return functional.relu(self.residual(x) + self.shortcut(x))


class ResidualCNN(Encoder):
    """Small residual classifier with batch norm: a judge with another architecture than f (He et al., 2016).

    A 3x3 convolution, three residual blocks (equation 2 of the paper) that halve the image and double the channels, the
    mean over the remaining map, and a linear layer to the code; the head is ReLU and a linear layer. At 32x32 and the
    default width it has 0.33 million parameters and takes 11 million multiplications per image. Images may have any
    size from 8x8 up.

    Args:
        in_channels: channels of the images.
        code_dim: size of the code.
        classes: number of classes of the head; none for an encoder without a head.
        width: channels of the first convolution.
        dropout: share of the head's input set to zero in training (Srivastava et al., 2014, section 4).

    Example:
        >>> import torch
        >>> ResidualCNN(in_channels=1, width=4)(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 128])
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
