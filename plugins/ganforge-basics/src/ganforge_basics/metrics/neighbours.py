"""Distances between all features of two sets, in blocks of rows, and radii of balls up to the k-th neighbour."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

ROWS = 500
# Distances are exact to about 1e-15; the last bits must not decide whether a point is inside a ball.
ROUNDING = 1e-9


def squared_distances(features: Tensor, reference: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yield squared Euclidean distances by |x|² + |y|² - 2 x·y, as blocks [at most ROWS, M] of the matrix [N, M].

    Args:
        features: float64 [N, D], the rows.
        reference: float64 [M, D], the columns.

    Example:
        >>> points = torch.tensor([[0.0], [3.0]], dtype=torch.float64)
        >>> [block.tolist() for _, block in squared_distances(points, points)]
        [[[0.0, 9.0], [9.0, 0.0]]]
    """
    # Centred features lose fewer digits in the difference of large numbers.
    centre = reference.mean(0)
    features, reference = features - centre, reference - centre
    norms, lengths = features.square().sum(1), reference.square().sum(1)
    for start in range(0, len(features), ROWS):
        block = slice(start, min(start + ROWS, len(features)))
        around = norms[block, None] + lengths
        distances = torch.addmm(around, features[block], reference.T, alpha=-2)
        # Between equal points only rounding remains.
        yield block, distances.masked_fill_(distances < 1e-13 * around, 0)


def squared_radii(features: Tensor, neighbours: int) -> Tensor:
    """Return the squared distance of each point to its k-th nearest other one, [N], for float64 features [N, D]."""
    radii = features.new_empty(len(features))
    for block, distances in squared_distances(features, features):
        distances.diagonal(block.start).fill_(torch.inf)
        radii[block] = distances.topk(neighbours, dim=1, largest=False).values[:, -1]
    return radii
