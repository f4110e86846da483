"""The Fréchet distance against closed forms, and against scipy's root of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

from ganforge.errors import DataError
from ganforge_basics.metrics.frechet_distance import frechet_distance


def textbook(outputs: Any, targets: Any) -> float:
    first, second = np.cov(outputs, rowvar=False), np.cov(targets, rowvar=False)
    root = scipy.linalg.sqrtm(first @ second).real
    shift = outputs.mean(0) - targets.mean(0)
    return float(shift @ shift + np.trace(first + second - 2 * root))


def whitened(features: Any) -> Any:
    """Return features with mean 0 and covariance 1, up to rounding."""
    centred = features - features.mean(0)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(centred, rowvar=False)))
    return centred @ root


def test_it_is_the_textbook_s(measure: Any) -> None:
    mixed = measure.normal(12, 12, seed=3)
    outputs = measure.normal(400, 12, seed=1) @ mixed + 0.3
    targets = measure.normal(250, 12, seed=2)
    assert measure(frechet_distance, outputs, targets)[""] == pytest.approx(textbook(outputs, targets), rel=1e-6)


def test_it_is_the_closed_form_of_normal_distributions(measure: Any) -> None:
    spread, shift = np.array([0.5, 1.0, 2.0, 3.0]), np.array([1.0, -2.0, 0.0, 0.5])
    targets = whitened(measure.normal(300, 4, seed=1))
    outputs = whitened(measure.normal(500, 4, seed=2)) * spread + shift
    wanted = float((shift**2).sum() + ((spread - 1) ** 2).sum())
    assert measure(frechet_distance, outputs, targets)[""] == pytest.approx(wanted, rel=1e-9)


def test_a_shift_alone_counts_by_its_square(measure: Any) -> None:
    targets = measure.normal(100, 5)
    assert measure(frechet_distance, targets + 3.0, targets)[""] == pytest.approx(45, rel=1e-9)


@pytest.mark.parametrize("count", [5, 300])
def test_equal_sets_are_at_distance_zero_though_features_never_fire(measure: Any, count: int) -> None:
    features = measure.normal(count, 20)
    features[:, 7:] = 0
    assert measure(frechet_distance, features, features[::-1])[""] == pytest.approx(0, abs=1e-12)


def test_few_images_have_no_full_covariance_and_still_a_distance(measure: Any) -> None:
    outputs, targets = measure.normal(6, 20, seed=1), measure.normal(9, 20, seed=2)
    assert measure(frechet_distance, outputs, targets)[""] == pytest.approx(textbook(outputs, targets), rel=1e-5)


def test_at_most_so_many_images_are_read_from_the_whole_set(measure: Any) -> None:
    sorted_by_class = np.repeat(np.arange(10.0), 50)[:, None] + measure.normal(500, 3) / 10
    few = measure(frechet_distance, sorted_by_class, sorted_by_class[::-1], images=100)[""]
    assert few == pytest.approx(0, abs=0.1)
    assert measure(frechet_distance, sorted_by_class[:100], sorted_by_class)[""] > 10


def test_each_judge_says_its_own(measure: Any) -> None:
    outputs, targets = measure.normal(50, 3, seed=1), measure.normal(50, 3, seed=2)
    found = measure.by(frechet_distance, outputs, targets, {"near": 1.0, "far": 10.0})
    assert found["far"] == pytest.approx(100 * found["near"])


def test_one_image_is_too_few(measure: Any) -> None:
    with pytest.raises(DataError, match="1 images are too few"):
        measure(frechet_distance, measure.normal(1, 3), measure.normal(5, 3))
