"""Precision and recall against loops, and in known cases: equal, distant, collapsed and partial sets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_basics.metrics.precision_recall import precision_recall


def covered(points: Any, centres: Any, neighbours: int) -> float:
    """Return the share of points in the ball of a centre, which reaches to its k-th nearest other centre."""
    radii = [sorted(math.dist(a, b) for b in centres)[neighbours] for a in centres]
    hits = [any(math.dist(p, c) <= r for c, r in zip(centres, radii, strict=True)) for p in points]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("neighbours", [1, 3, 5])
def test_they_are_the_textbook_s(measure: Any, neighbours: int) -> None:
    outputs, targets = measure.normal(90, 4, seed=1) + 1.2, measure.normal(70, 4, seed=2)
    found = measure(precision_recall, outputs, targets, neighbours=neighbours)
    wanted = {"precision": covered(outputs, targets, neighbours), "recall": covered(targets, outputs, neighbours)}
    assert found == pytest.approx(wanted, rel=1e-12)
    assert all(0 < value < 1 for value in wanted.values())


def test_equal_sets_have_both(measure: Any) -> None:
    features = measure.normal(600, 16)
    assert measure(precision_recall, features, features[::-1]) == {"precision": 1, "recall": 1}


def test_far_sets_have_neither(measure: Any) -> None:
    features = measure.normal(60, 4)
    assert measure(precision_recall, features + 100, features) == {"precision": 0, "recall": 0}


def test_a_collapsed_generator_keeps_precision_and_loses_recall(measure: Any) -> None:
    targets = measure.normal(200, 4)
    targets[0] = 0
    outputs = 1e-3 * measure.normal(200, 4, seed=1)
    assert measure(precision_recall, outputs, targets) == {"precision": 1, "recall": 1 / 200}


def test_one_picture_again_and_again_reaches_itself_alone(measure: Any) -> None:
    targets = measure.normal(50, 4)
    outputs = np.repeat(targets[:1], 50, axis=0)
    assert measure(precision_recall, outputs, targets) == {"precision": 1, "recall": 1 / 50}


def test_half_of_the_classes_is_half_of_recall(measure: Any) -> None:
    first, second = measure.normal(40, 4, seed=1), measure.normal(40, 4, seed=2) + 50
    found = measure(precision_recall, first, np.concatenate([first, second]))
    assert found == {"precision": 1, "recall": 0.5}


def test_as_many_images_as_neighbours_are_too_few(measure: Any) -> None:
    with pytest.raises(DataError, match="needs 4"):
        measure(precision_recall, measure.normal(3, 4), measure.normal(9, 4), neighbours=3)
