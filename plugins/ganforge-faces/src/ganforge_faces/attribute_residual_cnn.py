"""A judge of the quickstart with an architecture unlike that of f: residual blocks and pooled features."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ganforge_faces.attribute_encoder import AttributeEncoder

POOLED = 3  # cells per side that features are averaged over, so that what is where is not lost


class Residual(nn.Module):
    """Two 3x3 convolutions beside a 1x1 shortcut, all with batch norm; halves height and width, rounded up.

    He, Zhang, Ren and Sun (2016), equation 2, with a projection in every shortcut.

    Args:
        before: channels of the input.
        after: channels of the output.

    Example:
        >>> import torch
        >>> Residual(2, 4)(torch.zeros(1, 2, 5, 5)).shape
        torch.Size([1, 4, 3, 3])
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=2, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, before, H, W] to [N, after, ceil(H/2), ceil(W/2)]."""
        return functional.relu(self.body(x) + self.shortcut(x))


class AttributeResidualCNN(AttributeEncoder):
    """Residual encoder with a head of face attributes: a judge with another architecture than f (He et al., 2016).

    A 5x5 convolution of stride 2, three residual blocks that halve the image and double the channels, means over 3x3
    cells of the remaining map, and a linear layer to the code; the head is ReLU and a linear layer. Images may have any
    size from 16x16 up.

    Args:
        in_channels: channels of the images.
        code_dim: size of the code.
        classes: number of combinations of attributes, 576; none for an encoder without a head.
        width: channels of the first convolution.

    Raises:
        ShapeError: `classes` is another number.

    Example:
        >>> import torch
        >>> AttributeResidualCNN(in_channels=3, width=4)(torch.zeros(2, 3, 48, 48)).shape
        torch.Size([2, 64])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        code_dim: Annotated[int, Field(ge=1)] = 64,
        classes: Annotated[int, Field(ge=2)] | None = 576,
        width: Annotated[int, Field(ge=1)] = 12,
    ) -> None:
        features = nn.Sequential(
            nn.Conv2d(in_channels, width, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            Residual(width, 2 * width),
            Residual(2 * width, 4 * width),
            Residual(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(POOLED),
            nn.Flatten(),
            nn.Linear(8 * width * POOLED**2, code_dim),
        )
        super().__init__(features, in_channels=in_channels, code_dim=code_dim, classes=classes)
