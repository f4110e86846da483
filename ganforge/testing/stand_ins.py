"""Networks and a judge that stand in for the real ones when losses, metrics and methods are looked at.

They are tiny and smooth, and what they give differs clearly from image to image, so that class scores are sure of
something and no gradient vanishes by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

SIDE = 4
CODE = 12
SHARPNESS = 12.0


def _shift(given: tuple[Tensor, ...]) -> Any:
    """Return one number an image from further inputs such as classes and styles, [N, 1]; 0 without any."""
    return sum(torch.sin(one.float().reshape(len(one), -1).mean(1, keepdim=True)) for one in given)


class Encoder(nn.Module):
    """Images to codes, codes to class scores.

    Args:
        in_channels: the images' channels.
        classes: of the scores.
    """

    def __init__(self, *, in_channels: int = 3, classes: int | None = None) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.code_dim = CODE
        self.pool = nn.AdaptiveAvgPool2d(SIDE)
        self.code = nn.Linear(in_channels * SIDE * SIDE, CODE)
        self.head = nn.Linear(CODE, classes or 10)
        with torch.no_grad():
            self.head.weight.mul_(SHARPNESS)

    def forward(self, images: Tensor) -> Tensor:
        """Codes [N, 12]."""
        code: Tensor = torch.tanh(4 * self.code(self.pool(images).flatten(1)))
        return code

    def classify(self, code: Tensor) -> Tensor:
        """Class scores [N, classes]."""
        scores: Tensor = self.head(code)
        return scores


class CodeGenerator(nn.Module):
    """Codes to images in [-1, 1].

    Args:
        code_dim: the codes' size.
        out_channels: the images' channels.
        image_size: their height and width.
    """

    def __init__(self, *, code_dim: int = CODE, out_channels: int = 3, image_size: int = 16) -> None:
        super().__init__()
        self.shape = (out_channels, image_size, image_size)
        self.draw = nn.Linear(code_dim, out_channels * image_size * image_size)

    def forward(self, code: Tensor, *given: Tensor) -> Tensor:
        """Images [N, out_channels, S, S]."""
        images: Tensor = torch.tanh(2 * self.draw(code + _shift(given)))
        return images.reshape(-1, *self.shape)


class ImageGenerator(nn.Module):
    """Images to images of the same size in [-1, 1], for methods whose generators read images.

    Args:
        in_channels: the channels of the images that it reads.
        out_channels: the channels of the images that it gives.
    """

    def __init__(self, *, in_channels: int = 3, out_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.draw = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Images [N, out_channels, S, S]."""
        drawn = self.draw(images)
        return torch.tanh(2 * (drawn + _shift(given)[:, :, None, None] if given else drawn))


class Discriminator(nn.Module):
    """Images to scores, not linearly: its gradient differs from image to image, and has a gradient itself.

    Args:
        in_channels: the images' channels.
        outputs: how many scores.
    """

    def __init__(self, *, in_channels: int = 3, outputs: int | None = None) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(SIDE)
        self.hidden = nn.Linear(in_channels * SIDE * SIDE, CODE)
        self.score = nn.Linear(CODE, outputs or 3)

    def forward(self, images: Tensor, *given: Tensor) -> Tensor:
        """Scores [N, outputs]."""
        scores: Tensor = self.score(torch.tanh(4 * self.hidden(self.pool(images).flatten(1)) + _shift(given)))
        return scores


class Judge:
    """A judge that reads pictures by a fixed random projection.

    Args:
        classes: how many classes it tells apart.
    """

    def __init__(self, classes: int = 10) -> None:
        self.classes = classes

    def __call__(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Class scores, float32 [N, classes]."""
        return self._projected(images, self.classes)

    def features(self, images: npt.NDArray[np.uint8]) -> Tensor:
        """Features, float32 [N, 12]."""
        return self._projected(images, CODE)

    def _projected(self, images: npt.NDArray[np.uint8], size: int) -> Tensor:
        pixels = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32)) / 255 - 0.5
        generator = torch.Generator().manual_seed(size)
        return pixels @ torch.randn(pixels.shape[1], size, generator=generator)
