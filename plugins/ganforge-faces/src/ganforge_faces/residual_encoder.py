"""An f of our own: a small residual network, trained without labels and without outside weights."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ganforge_faces.halving import Halving


class ResidualEncoder(nn.Module):
    """Encoder of faces by residual blocks, for training without labels (He et al., 2016, equation 2).

    A strided convolution and three residual blocks halve the image four times; a linear layer turns the means of its
    quarters into the code, so that it can say what is where.

    Args:
        in_channels: channels of the images, of any size from 32x32 up.
        code_dim: size of the code.
        width: channels of the first convolution; each block doubles them.

    Example:
        >>> import torch
        >>> ResidualEncoder(in_channels=3, width=4)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 128])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        code_dim: Annotated[int, Field(ge=1)] = 128,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.code_dim = code_dim
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            Halving(width, 2 * width),
            Halving(2 * width, 4 * width),
            Halving(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(4 * 8 * width, code_dim),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return the code [N, code_dim] of images [N, in_channels, H, W] in [-1, 1]."""
        code: Tensor = self.features(images)
        return code
