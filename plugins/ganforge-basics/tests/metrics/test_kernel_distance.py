"""The kernel distance against loops in plain Python floats, and against the moments of normal distributions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from ganforge_basics.metrics.kernel_distance import kernel_distance


def kernel(first: list[float], second: list[float]) -> float:
    return float((sum(a * b for a, b in zip(first, second, strict=True)) / len(first) + 1) ** 3)


def textbook(outputs: Any, targets: Any) -> float:
    """Return the unbiased estimate of Gretton et al. (2012), equation 3: distinct pairs within, all pairs across."""
    rows, columns = outputs.tolist(), targets.tolist()
    within = [
        sum(kernel(a, b) for a, b in itertools.permutations(points, 2)) / (len(points) * (len(points) - 1))
        for points in (rows, columns)
    ]
    across = sum(kernel(a, b) for a in rows for b in columns) / (len(rows) * len(columns))
    return sum(within) - 2 * across


def test_it_is_the_textbook_s(measure: Any) -> None:
    outputs, targets = measure.normal(30, 5, seed=1) + 0.4, measure.normal(30, 5, seed=2)
    assert measure(kernel_distance, outputs, targets)[""] == pytest.approx(textbook(outputs, targets), rel=1e-9)


def test_it_is_the_mean_over_subsets(measure: Any) -> None:
    outputs, targets = measure.normal(25, 4, seed=1), measure.normal(40, 4, seed=2) * 2
    draw = np.random.default_rng(3)
    wanted = []
    for _ in range(7):
        rows, columns = draw.permutation(25)[:10], draw.permutation(40)[:10]
        wanted.append(textbook(outputs[rows], targets[columns]))
    found = measure(kernel_distance, outputs, targets, subsets=7, subset_size=10, seed=3)[""]
    assert found == pytest.approx(sum(wanted) / 7, rel=1e-9)


def test_it_is_the_distance_of_the_first_three_moments(measure: Any) -> None:
    """The kernel (xy + 1)³ in one dimension compares moments: 3 (Δ1)² + 3 (Δ2)² + (Δ3)²."""
    shift = 0.7
    wanted = 3 * shift**2 + 3 * shift**4 + (shift**3 + 3 * shift) ** 2
    outputs, targets = measure.normal(5000, 1, seed=1) + shift, measure.normal(5000, 1, seed=2)
    found = measure(kernel_distance, outputs, targets, subsets=5, subset_size=5000)[""]
    assert found == pytest.approx(wanted, rel=0.05)


def test_it_is_unbiased(measure: Any) -> None:
    """The estimate for two halves of one distribution is around 0; a biased one would be far above."""
    found = [
        measure(kernel_distance, *np.split(measure.normal(60, 4, seed=seed), 2), subset_size=10)[""]
        for seed in range(60)
    ]
    assert min(found) < 0 < max(found)
    assert abs(np.mean(found)) < 3 * np.std(found) / 60**0.5


def test_a_seed_gives_the_same_bits_and_another_seed_others(measure: Any) -> None:
    outputs, targets = measure.normal(80, 4, seed=1), measure.normal(70, 4, seed=2)
    first, again, other = (
        measure(kernel_distance, outputs, targets, subsets=3, subset_size=20, seed=seed)[""] for seed in (0, 0, 1)
    )
    assert first == again != other
