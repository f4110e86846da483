"""Diversity within classes against loops, and for generators with reduced diversity."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_basics.metrics.class_diversity import class_diversity

CLASSES = np.repeat(np.arange(10.0), 12)


@pytest.fixture
def real(measure: Any) -> Any:
    """Return features of twelve images per class; the first feature is the class."""
    return np.column_stack([CLASSES, measure.normal(120, 5)])


def mean_distance(points: Any) -> float:
    pairs = [math.dist(a, b) for a, b in itertools.combinations(points.tolist(), 2)]
    return sum(pairs) / len(pairs)


def test_it_is_the_least_ratio_of_mean_distances(measure: Any, real: Any) -> None:
    outputs = np.column_stack([CLASSES[::-1], measure.normal(120, 5, seed=1)])
    ratios = [
        mean_distance(outputs[outputs[:, 0] == label]) / mean_distance(real[real[:, 0] == label]) for label in range(10)
    ]
    found = measure(class_diversity, outputs, real)
    assert found == pytest.approx({"smallest": min(ratios), "classes": 1}, rel=1e-9)


def test_real_images_have_all_of_it(measure: Any, real: Any) -> None:
    assert measure(class_diversity, real[::-1], real) == pytest.approx({"smallest": 1, "classes": 1})


def test_the_worst_class_decides(measure: Any, real: Any) -> None:
    outputs = real.copy()
    outputs[CLASSES == 3, 1:] *= 0.25
    assert measure(class_diversity, outputs, real)["smallest"] == pytest.approx(0.25)


def test_one_picture_of_each_class_has_none(measure: Any, real: Any) -> None:
    outputs = np.repeat(real[::12], 12, axis=0)
    assert measure(class_diversity, outputs, real) == {"smallest": 0, "classes": 1}


def test_classes_that_are_never_drawn_are_missed(measure: Any, real: Any) -> None:
    outputs = real[CLASSES < 4]
    assert measure(class_diversity, outputs, real) == {"smallest": 0, "classes": 0.4}


def test_everything_in_one_class_is_found_too(measure: Any, real: Any) -> None:
    outputs = np.column_stack([np.full(120, 7.0), real[:, 1:]])
    assert measure(class_diversity, outputs, real) == {"smallest": 0, "classes": 0.1}


def test_real_images_without_two_of_a_class_say_nothing(measure: Any) -> None:
    with pytest.raises(DataError, match="no two different real images"):
        measure(class_diversity, np.zeros((5, 2)), np.array([[0.0, 1.0], [1.0, 2.0]]))
