"""A judge of the quickstart with an architecture unlike that of f: residual blocks and pooled features."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from ganforge_faces.attribute_encoder import AttributeEncoder
from ganforge_faces.halving import Halving

POOLED = 3  # cells per side that features are averaged over, so that what is where is not lost


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
            Halving(width, 2 * width),
            Halving(2 * width, 4 * width),
            Halving(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(POOLED),
            nn.Flatten(),
            nn.Linear(8 * width * POOLED**2, code_dim),
        )
        super().__init__(features, in_channels=in_channels, code_dim=code_dim, classes=classes)
