"""A judge that anyone can follow: the features of a picture are its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

Pictures = npt.NDArray[np.uint8]


class Pixels:
    """Judge with all pixels of a picture as its features, or a multiple of them."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def features(self, images: Pictures) -> Tensor:
        return torch.from_numpy(images.reshape(len(images), -1) * self.factor)

    def __call__(self, images: Pictures) -> Tensor:
        raise AssertionError("these metrics ask for features alone")


@pytest.fixture
def judges() -> dict[str, Any]:
    return {"pixels": Pixels()}


@pytest.fixture
def scaled() -> Any:
    """Provide a function that returns the judge of pixels with features of another scale."""
    return lambda factor: {"pixels": Pixels(factor)}


@pytest.fixture
def noise() -> Any:
    """Provide a function that draws uint8 noise of a shape."""
    return lambda *shape, seed=0: np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
