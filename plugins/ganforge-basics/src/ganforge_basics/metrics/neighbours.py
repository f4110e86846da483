"""Distances between all features of two sets, a block of rows at a time, and the balls that reach to a neighbour."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

ROWS = 500
# Distances are known to about 1e-15; whether a point lies in a ball must not hang on the last bits.
ROUNDING = 1e-9


def squared_distances(features: Tensor, reference: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Squared Euclidean distances by |x|² + |y|² - 2 x·y, as blocks [at most ROWS, M] of the matrix [N, M].

    Args:
        features: float64 [N, D], the rows.
        reference: float64 [M, D], the columns.
    """
    # Around the origin less is lost in the difference of large numbers.
    centre = reference.mean(0)
    features, reference = features - centre, reference - centre
    norms, lengths = features.square().sum(1), reference.square().sum(1)
    for start in range(0, len(features), ROWS):
        block = slice(start, min(start + ROWS, len(features)))
        around = norms[block, None] + lengths
        distances = torch.addmm(around, features[block], reference.T, alpha=-2)
        # What is left of equal points is rounding alone.
        yield block, distances.masked_fill_(distances < 1e-13 * around, 0)


def squared_radii(features: Tensor, neighbours: int) -> Tensor:
    """The squared distance of each point to its k-th nearest other one, [N], of float64 features [N, D]."""
    radii = features.new_empty(len(features))
    for block, distances in squared_distances(features, features):
        distances.diagonal(block.start).fill_(torch.inf)
        radii[block] = distances.topk(neighbours, dim=1, largest=False).values[:, -1]
    return radii
