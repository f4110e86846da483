"""Retrieval of inputs by outputs: a test of whether an output keeps the identity of its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from torch import Tensor
from torch.nn import functional

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, read
from ganforge_basics.metrics.neighbours import ROUNDING, squared_distances


@metric(
    unit={"median-rank": "count", "rank-1": "share", "top-10-percent": "share"},
    better={"median-rank": "lower", "rank-1": "higher", "top-10-percent": "higher"},
    judges="features",
)
def retrieval(
    inputs: Pictures,
    outputs: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    distance: Literal["cosine", "euclidean"] = "cosine",
) -> dict[str, float]:
    """Measure the rank of each output's own input among all inputs on judges' features (Taigman et al., 2016).

    Table 4 of the paper. Rank 1 is the nearest of N inputs; equally near inputs share the mean of their ranks, so
    features that do not distinguish inputs give (N + 1) / 2. `median-rank` is the median over the outputs, `rank-1` the
    share of outputs with rank 1, and `top-10-percent` the share with a rank in the first tenth.

    Args:
        inputs: the images before the transfer, uint8 [N, H, W, C].
        outputs: the same images after the transfer, uint8 [N, H, W, C].
        judges: networks with features that distinguish inputs.
        images: greatest number of pairs, taken at even intervals; ranks among different numbers of images do not
            compare.
        distance: distance of features: one minus the cosine of their angle, or Euclidean.

    Raises:
        DataError: there are fewer than two images.
    """
    values = {}
    for name, judge in judges.items():
        features, reference = read(judge, outputs, images), read(judge, inputs, images)
        if distance == "cosine":
            # Of unit vectors, the squared Euclidean distance is twice one minus the cosine.
            features, reference = functional.normalize(features), functional.normalize(reference)
        found = ranks(features, reference)
        values[f"median-rank/{name}"] = float(np.median(found.numpy()))
        values[f"rank-1/{name}"] = float((found == 1).double().mean())
        values[f"top-10-percent/{name}"] = float((found <= max(1, len(found) / 10)).double().mean())
    return values


def ranks(features: Tensor, reference: Tensor) -> Tensor:
    """Return the rank of row i of `reference` by its distance from row i of `features`, float64 [N] from 1 to N.

    Args:
        features: float64 [N, D].
        reference: float64 [N, D].

    Example:
        >>> import torch
        >>> ranks(torch.tensor([[1.0], [2.0]]).double(), torch.tensor([[1.5], [1.0]]).double()).tolist()
        [2.0, 2.0]
    """
    found = features.new_empty(len(features))
    for block, distances in squared_distances(features, reference):
        own = distances.diagonal(block.start)[:, None]
        nearer = (distances < own * (1 - ROUNDING)).sum(1)
        as_near = (distances <= own * (1 + ROUNDING)).sum(1) - nearer
        found[block] = nearer + (as_near + 1) / 2
    return found
