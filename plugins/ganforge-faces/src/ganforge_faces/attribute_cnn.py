"""The quickstart's f, and one of its judges: strided convolutions with batch norm."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from ganforge.image_size import ImageSize, halvings
from ganforge.layers import Conv2d
from ganforge_faces.attribute_encoder import AttributeEncoder


class AttributeCNN(AttributeEncoder):
    """Encoder of strided convolutions with a head of face attributes: class scores are sums of attribute scores.

    Convolutions (4x4, stride 2) with batch norm and ReLU (Ioffe and Szegedy, 2015, Algorithm 1) halve the image to a
    grid of 4 to 15 pixels per side and double the channels from `width`, up to 4 `width`. A convolution over the grid
    with batch norm gives the code, before any ReLU; the head is ReLU and a linear layer.

    Args:
        in_channels: channels of the images.
        image_size: pixels per side of the images, or height and width; 4 to 15 times one power of two, such as 48, 64.
        code_dim: size of the code.
        classes: number of combinations of attributes, 576; none for an encoder without a head.
        width: channels of the first convolution.

    Raises:
        ShapeError: `image_size` cannot be halved evenly to such a grid, or `classes` is another number.

    Example:
        >>> import torch
        >>> AttributeCNN(in_channels=3, image_size=48, width=4)(torch.zeros(2, 3, 48, 48)).shape
        torch.Size([2, 64])
    """

    def __init__(
        self,
        *,
        in_channels: Annotated[int, Field(ge=1)],
        image_size: ImageSize,
        code_dim: Annotated[int, Field(ge=1)] = 64,
        classes: Annotated[int, Field(ge=2)] | None = 576,
        width: Annotated[int, Field(ge=1)] = 32,
    ) -> None:
        steps, grid = halvings(image_size)
        layers: list[nn.Module] = []
        channels = in_channels
        for step in range(steps):
            wider = min(width << step, 4 * width)
            layers += [nn.Conv2d(channels, wider, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(wider), nn.ReLU()]
            channels = wider
        layers += [Conv2d(channels, code_dim, grid, bias=False), nn.BatchNorm2d(code_dim)]
        super().__init__(nn.Sequential(*layers), in_channels=in_channels, code_dim=code_dim, classes=classes)
