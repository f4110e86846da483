"""Ranks against sorting, and in known cases: identity, shifts on a line, features that do not distinguish inputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from ganforge.errors import DataError
from ganforge_basics.metrics import neighbours
from ganforge_basics.metrics.retrieval import ranks, retrieval


def cosine(a: Any, b: Any) -> float:
    return 1 - float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


@pytest.mark.parametrize(("name", "distance"), [("cosine", cosine), ("euclidean", math.dist)])
def test_ranks_are_those_of_sorted_distances(
    measure: Any, name: str, distance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "ROWS", 7)
    inputs = measure.normal(40, 3, seed=1)
    outputs = inputs + measure.normal(40, 3, seed=2)
    found = [
        sorted(distance(output, other) for other in inputs).index(distance(output, own)) + 1
        for output, own in zip(outputs, inputs, strict=True)
    ]
    assert measure(retrieval, inputs, outputs, distance=name) == {
        "median-rank": np.median(found),
        "rank-1": found.count(1) / 40,
        "top-10-percent": sum(rank <= 4 for rank in found) / 40,
    }
    assert 1 < np.median(found) < 20


@pytest.mark.parametrize("count", [5, 40])
def test_outputs_that_are_their_inputs_rank_first(measure: Any, count: int) -> None:
    features = measure.normal(count, 4)
    assert measure(retrieval, features, features) == {"median-rank": 1, "rank-1": 1, "top-10-percent": 1}


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_a_shift_on_a_line_passes_two_inputs_a_step(steps: int) -> None:
    """An output at i + k + 1/4 has k inputs between itself and its input at i, and k nearer ones on the other side."""
    places = torch.arange(30, dtype=torch.float64)[:, None]
    expected = [1 + min(2 * steps, 29 - place) for place in range(30)]
    assert ranks(places + steps + 0.25, places).tolist() == expected


@pytest.mark.parametrize("name", ["cosine", "euclidean"])
def test_inputs_that_cannot_be_told_apart_share_the_middle_rank(measure: Any, name: str) -> None:
    same, outputs = np.ones((20, 3)), measure.normal(20, 3)
    found = measure(retrieval, same, outputs, distance=name)
    assert found == {"median-rank": 10.5, "rank-1": 0, "top-10-percent": 0}


def test_a_copy_of_the_input_shares_its_rank() -> None:
    inputs = torch.tensor([[0.0], [0.0], [9.0]], dtype=torch.float64)
    assert ranks(inputs + 0.1, inputs).tolist() == [1.5, 1.5, 1]


def test_pairs_stay_together_when_images_are_left_out(measure: Any) -> None:
    features = measure.normal(50, 4)
    assert measure(retrieval, features, features, images=20)["rank-1"] == 1


def test_one_pair_is_too_few(measure: Any) -> None:
    with pytest.raises(DataError, match="too few"):
        measure(retrieval, measure.normal(1, 3), measure.normal(1, 3))
