"""A judge with known features: images that carry them as the bytes of their pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

Features = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.uint8]
Metric = Callable[..., Mapping[str, float]]


class Scale:
    """Judge that reads the features written by `Scale.pictures`; the first one, rounded, is the class."""

    def __init__(self, factor: float = 1.0, classes: int = 10) -> None:
        self.factor = factor
        self.classes = classes

    def features(self, images: Pictures) -> Tensor:
        rows: Features = np.ascontiguousarray(images).reshape(len(images), -1).view(np.float64)
        return torch.from_numpy(rows * self.factor)

    def __call__(self, images: Pictures) -> Tensor:
        labels = (self.features(images)[:, 0] / self.factor).round().long()
        return torch.nn.functional.one_hot(labels, self.classes).float()

    @staticmethod
    def pictures(features: Features) -> Pictures:
        return np.ascontiguousarray(features, np.float64).view(np.uint8).reshape(len(features), -1, 8, 1)


class Measure:
    """Application of a metric to features as if a judge had computed them."""

    def __call__(self, metric: Metric, outputs: Features, targets: Features, **options: Any) -> dict[str, float]:
        """Return the metric's values by part, for one judge."""
        found = metric(Scale.pictures(outputs), Scale.pictures(targets), {"judge": Scale()}, **options)
        assert all(name.split("/")[-1] == "judge" for name in found)
        return {name.removesuffix("judge").rstrip("/"): value for name, value in found.items()}

    @staticmethod
    def by(metric: Metric, outputs: Features, targets: Features, judges: Mapping[str, float]) -> Mapping[str, float]:
        """Return the metric's values for judges with different scales of features."""
        scales = {name: Scale(factor) for name, factor in judges.items()}
        return metric(Scale.pictures(outputs), Scale.pictures(targets), scales)

    @staticmethod
    def normal(*shape: int, seed: int = 0) -> Features:
        return np.random.default_rng(seed).normal(size=shape)


@pytest.fixture
def measure() -> Measure:
    return Measure()
