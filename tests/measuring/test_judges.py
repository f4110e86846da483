"""A finished classifier as a judge: scores and features of pictures, and each picture read once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganforge.errors import RunError
from ganforge.measuring import judges as module
from ganforge.measuring.judges import trained_judge
from ganforge.measuring.trained import Trained


@pytest.fixture
def trained(workshop: Any, tmp_path: Any) -> Trained:
    directory = workshop.run(workshop.recipe(name="judge"), tmp_path / "judge")
    return Trained(directory, workshop.place.registry, workshop.place.device)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each pass through a network has taken."""
    counts: list[int] = []
    original = Trained.quantities

    def counting(self: Trained, images: Any, names: Any) -> Any:
        counts.append(len(images))
        return original(self, images, names)

    monkeypatch.setattr(Trained, "quantities", counting)
    return counts


@torch.no_grad()
def test_scores_and_features_are_those_of_the_network(workshop: Any, trained: Trained) -> None:
    images = workshop.images("any", 20, 1)
    network = trained.networks["classifier"]
    code = network(images.tensor(slice(None)))
    judge = trained_judge(trained)
    torch.testing.assert_close(judge.features(images.images), code)
    torch.testing.assert_close(judge(images.images), network.classify(code))
    torch.testing.assert_close(judge(images.images), trained(images.images))


def test_size_and_channels_are_taken_care_of(workshop: Any, trained: Trained) -> None:
    assert trained_judge(trained).features(workshop.images("any", 3, 3, size=24).images).shape == (3, 8)


def test_the_same_pictures_are_read_once(workshop: Any, trained: Trained, reads: list[int]) -> None:
    judge, images = trained_judge(trained), workshop.images("any", 20, 1).images
    first = judge(images)
    judge.features(images.copy())
    assert torch.equal(judge(images[::1]), first)
    assert reads == [20]


def test_other_pictures_are_others(workshop: Any, trained: Trained, reads: list[int]) -> None:
    judge, images = trained_judge(trained), workshop.images("any", 20, 1).images
    changed = images.copy()
    changed[3] = 255 - changed[3]
    assert not torch.equal(judge(images), judge(changed))
    assert judge(images[5:10]).shape == (5, 10)
    assert judge(images.reshape(20, 8, 32, 1)[:, :, :8]).shape == (20, 10)
    assert reads == [20, 20, 5, 20]


def test_only_the_latest_are_remembered(
    workshop: Any, trained: Trained, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    judge, images = trained_judge(trained), workshop.images("any", 9, 1).images
    for count in (1, 2, 1, 3, 1, 2):
        judge(images[:count])
    assert reads == [1, 2, 3, 2]


def test_a_method_without_features_says_so(workshop: Any, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained.recipe.method_class, "features", None)
    judge, images = trained_judge(trained), np.zeros((2, 16, 16, 1), np.uint8)
    assert judge(images).shape == (2, 10)
    with pytest.raises(RunError, match="has no features: its method Classifier names none"):
        judge.features(images)
