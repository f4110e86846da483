"""Networks and a judge that stand in for real ones in calls of losses, metrics and methods.

They are tiny and smooth, and their outputs differ clearly from image to image, so that class scores are confident and
no gradient vanishes by chance.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganforge.image_size import sides
from ganforge.testing.check import Flaw

SIZE = (16, 24)
SIDE = 4
CODE = 12
SHARPNESS = 12.0


class Pooled(nn.Module):
    """Base of networks that read images: pool to 4x4 pixels, then one layer; Tensor [N, 12] in (-1, 1)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.pool = nn.AdaptiveAvgPool2d(SIDE)
        self.code = nn.Linear(in_channels * SIDE * SIDE, CODE)

    def read(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return codes [N, 12] of images [N, C, H, W] and of further inputs."""
        return torch.tanh(4 * self.code(self.pool(images).flatten(1)) + _shift(given))


class Encoder(Pooled):
    """Images to codes [N, 12], codes to class scores [N, classes]."""

    code_dim = CODE

    def __init__(self, *, in_channels: int = 3, classes: int | None = None) -> None:
        super().__init__(in_channels)
        self.head = nn.Linear(CODE, classes or 10)
        with torch.no_grad():
            self.head.weight.mul_(SHARPNESS)

    def forward(self, images: Tensor) -> Tensor:
        """Return codes [N, 12]."""
        return self.read(images)

    def classify(self, code: Tensor) -> Tensor:
        """Return class scores [N, classes]."""
        scores: Tensor = self.head(code)
        return scores


class Discriminator(Pooled):
    """Images to scores [N, outputs], not linearly: its gradient differs from image to image, and has a gradient."""

    def __init__(self, *, in_channels: int = 3, outputs: int | None = None) -> None:
        super().__init__(in_channels)
        self.score = nn.Linear(CODE, outputs or 3)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return scores [N, outputs]."""
        scores: Tensor = self.score(self.read(images, *given))
        return scores


class CodeGenerator(nn.Module):
    """Codes to images [N, out_channels, H, W] in [-1, 1]."""

    def __init__(
        self, *, code_dim: int = CODE, out_channels: int = 3, image_size: int | tuple[int, int] = SIZE
    ) -> None:
        super().__init__()
        self.shape = (out_channels, *sides(image_size))
        self.draw = nn.Linear(code_dim, math.prod(self.shape))

    def forward(self, code: Tensor, *given: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W]."""
        images: Tensor = torch.tanh(2 * self.draw(code + _shift(given)))
        return images.reshape(-1, *self.shape)


class ImageGenerator(nn.Module):
    """Images to images of the same size in [-1, 1], for methods whose generators read images."""

    def __init__(self, *, in_channels: int = 3, out_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.draw = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Return images [N, out_channels, H, W]."""
        drawn = self.draw(images)
        return torch.tanh(2 * (drawn + _shift(given)[:, :, None, None] if given else drawn))


class Judge:
    """A judge that reads pictures by a fixed random projection.

    Args:
        read: what it offers: `scores`, `features` or both.
        classes: the number of classes.
    """

    def __init__(self, read: Collection[str], classes: int = 10) -> None:
        self.read = read
        self.classes = classes

    def __call__(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Return class scores, float32 [N, classes].

        Raises:
            Flaw: it offers none.
        """
        return self._projected(images, self.classes, "scores")

    def features(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Return features, float32 [N, 12].

        Raises:
            Flaw: it offers none.
        """
        return self._projected(images, CODE, "features")

    def _projected(self, images: npt.NDArray[np.uint8], size: int, what: str) -> Tensor:
        if what not in self.read:
            raise Flaw(
                f"it asks judges for {what}, and declares {' and '.join(self.read)}",
                fix="declare what it asks judges for: @metric(judges=...)",
            )
        pixels = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32)) / 255 - 0.5
        generator = torch.Generator().manual_seed(size)
        return pixels @ torch.randn(pixels.shape[1], size, generator=generator)


def _shift(given: tuple[Tensor, ...]) -> Any:
    """Return one number an image from further inputs such as classes and styles, [N, 1]; 0 without any."""
    return sum(torch.sin(one.float().reshape(len(one), -1).mean(1, keepdim=True)) for one in given)
