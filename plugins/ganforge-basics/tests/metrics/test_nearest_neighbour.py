"""The nearest-neighbour probe against loops over integers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganforge_basics.metrics import nearest_neighbour as module
from ganforge_basics.metrics.nearest_neighbour import nearest_neighbour


def pictures(count: int, seed: int, top: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, top, (count, 3, 3, 1), np.uint8)


def labels(count: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 3, count))


@pytest.mark.parametrize("top", [256, 2])
def test_it_is_the_share_of_right_answers_of_the_first_nearest(top: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    outputs, targets = pictures(40, 1, top), pictures(30, 2, top)
    known, truth = labels(40, 1), labels(30, 2)
    right = 0
    for picture, label in zip(targets.astype(int), truth, strict=True):
        distances = [int(((picture - output) ** 2).sum()) for output in outputs.astype(int)]
        right += int(known[distances.index(min(distances))] == label)
    assert nearest_neighbour(outputs, known, targets, truth) == {"accuracy": right / 30}


def test_the_target_s_own_images_teach_all_of_it() -> None:
    targets, truth = pictures(50, 1), labels(50, 1)
    assert nearest_neighbour(targets, truth, targets, truth) == {"accuracy": 1}
    assert nearest_neighbour(targets, truth + 1, targets, truth) == {"accuracy": 0}


def test_at_most_so_many_images_are_used_on_either_side() -> None:
    """Only images outside the even selection have wrong labels."""
    targets, truth = pictures(60, 1), labels(60, 1)
    wrong = truth + 1
    wrong[::3] = truth[::3]
    assert nearest_neighbour(targets, wrong, targets, truth, images=20) == {"accuracy": 1}
    assert nearest_neighbour(targets, wrong, targets, truth, images=60)["accuracy"] == pytest.approx(1 / 3)
