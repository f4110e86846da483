"""The kernel distance of outputs and real images: unlike the Fréchet distance, unbiased for any number of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, read


@metric(unit="distance", better="lower", judges="features")
def kernel_distance(
    outputs: Pictures,
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    subsets: Annotated[int, Field(ge=1)] = 100,
    subset_size: AtMost = 1000,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, float]:
    """Measure the squared maximum mean discrepancy to real images on judges' features (Binkowski et al., 2018).

    KID, section 4 of the paper: the kernel is (x·y / D + 1)³, and the value is the mean of the unbiased estimates of
    random subsets. For outputs with the distribution of real images it is around 0, below as often as above.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: greatest number of images of each set, taken at even intervals.
        subsets: number of subsets; a single one is used if it holds all images.
        subset_size: number of images of each set in a subset, at most as many as the smaller set has.
        seed: seed of the subsets.

    Raises:
        DataError: a set has fewer than two images.
    """
    values = {}
    for name, judge in judges.items():
        features, reference = read(judge, outputs, images), read(judge, targets, images)
        values[name] = mean_discrepancy(features, reference, subsets, subset_size, seed)
    return values


def mean_discrepancy(features: Tensor, reference: Tensor, subsets: int, subset_size: int, seed: int) -> float:
    """Return the mean of the unbiased estimates of random subsets, as options of `kernel_distance` describe them.

    Example:
        >>> features = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
        >>> mean_discrepancy(features, features, subsets=100, subset_size=2, seed=0)
        -3.5
    """
    size = min(subset_size, len(features), len(reference))
    count = 1 if size == len(features) == len(reference) else subsets
    draw = np.random.default_rng(seed)
    estimates = [discrepancy(_subset(features, size, draw), _subset(reference, size, draw)) for _ in range(count)]
    return sum(estimates) / count


def discrepancy(features: Tensor, reference: Tensor) -> float:
    """Return the unbiased estimate of the squared maximum mean discrepancy of float64 features [N, D] and [M, D].

    Gretton et al., 2012, equation 3.

    Example:
        >>> features = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
        >>> discrepancy(features, features)
        -3.5
    """
    across = 2 * _kernel(features, reference).mean()
    return float(_mean_of_pairs(features) + _mean_of_pairs(reference) - across)


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T).div_(first.shape[1]).add_(1).pow_(3)


def _mean_of_pairs(features: Tensor) -> Tensor:
    """Return the mean of the kernel over pairs of different images."""
    values = _kernel(features, features)
    count = len(features)
    return (values.sum() - values.diagonal().sum()) / (count * (count - 1))


def _subset(features: Tensor, size: int, draw: np.random.Generator) -> Tensor:
    return features[torch.from_numpy(draw.permutation(len(features))[:size])]
