"""Density and coverage against loops, and in cases with a known answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_basics.metrics.density_coverage import density_coverage


@pytest.mark.parametrize("neighbours", [1, 5])
def test_they_are_the_textbook_s(measure: Any, neighbours: int) -> None:
    outputs, targets = measure.normal(90, 4, seed=1) * 0.8 + 0.3, measure.normal(70, 4, seed=2)
    radii = [sorted(math.dist(a, b) for b in targets)[neighbours] for a in targets]
    inside = [[math.dist(t, o) < r for o in outputs] for t, r in zip(targets, radii, strict=True)]
    wanted = {"density": sum(map(sum, inside)) / neighbours / 90, "coverage": sum(map(any, inside)) / 70}
    found = measure(density_coverage, outputs, targets, neighbours=neighbours)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_equal_sets_have_density_one_and_full_coverage(measure: Any) -> None:
    """A real image is in its own ball and on average in k - 1 others, since the k-th neighbour is on the surface."""
    features = measure.normal(600, 16)
    assert measure(density_coverage, features, features) == {"density": 1, "coverage": 1}
    assert measure(density_coverage, features, features[::-1]) == {"density": 1, "coverage": 1}


def test_far_sets_have_neither(measure: Any) -> None:
    features = measure.normal(60, 4)
    assert measure(density_coverage, features + 100, features) == {"density": 0, "coverage": 0}


def test_crowding_raises_density_and_not_coverage(measure: Any) -> None:
    targets = measure.normal(300, 2)
    found = measure(density_coverage, 1e-3 * measure.normal(300, 2, seed=1), targets)
    assert found["density"] > 1
    assert found["coverage"] < 0.1


def test_a_stray_real_image_does_not_make_outputs_precise(measure: Any) -> None:
    """An outlier has a vast ball with every output in it, so precision would be 1."""
    targets = np.concatenate([measure.normal(100, 2), [[1000.0, 0]]])
    found = measure(density_coverage, measure.normal(100, 2, seed=1) + np.array([500.0, 0.0]), targets)
    assert found == pytest.approx({"density": 1 / 5, "coverage": 1 / 101})


def test_as_many_real_images_as_neighbours_are_too_few(measure: Any) -> None:
    with pytest.raises(DataError, match="needs 6"):
        measure(density_coverage, measure.normal(9, 4), measure.normal(5, 4))
