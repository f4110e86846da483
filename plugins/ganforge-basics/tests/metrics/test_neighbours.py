"""Distances in blocks against loops, and balls with surfaces that rounding must not move."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from ganforge_basics.metrics import neighbours
from ganforge_basics.metrics.neighbours import squared_distances, squared_radii


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "ROWS", 4)


def test_distances_are_those_of_all_pairs(measure: Any) -> None:
    first, second = measure.normal(10, 6, seed=1), measure.normal(7, 6, seed=2) + 100
    found = torch.cat([rows for _, rows in squared_distances(torch.from_numpy(first), torch.from_numpy(second))])
    wanted = [[math.dist(a, b) ** 2 for b in second] for a in first]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_equal_points_are_at_distance_zero_far_from_the_origin(measure: Any) -> None:
    points = torch.from_numpy(measure.normal(9, 50) + 1000)
    assert all((rows.diagonal(block.start) == 0).all() for block, rows in squared_distances(points, points))


@pytest.mark.parametrize("count", [1, 3])
def test_a_radius_reaches_to_the_neighbour_and_not_to_the_point_itself(measure: Any, count: int) -> None:
    points = measure.normal(11, 3)
    wanted = [sorted(math.dist(a, b) ** 2 for b in points)[count] for a in points]
    np.testing.assert_allclose(squared_radii(torch.from_numpy(points), count), wanted, rtol=1e-9)
