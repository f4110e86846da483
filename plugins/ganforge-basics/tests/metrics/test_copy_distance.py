"""The distance of a changed copy, with the pixels' means as the judge's features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge_basics.augmentations.blur import blur
from ganforge_basics.augmentations.noise import noise
from ganforge_basics.metrics.copy_distance import copy_distance
from ganforge_basics.metrics.frechet_distance import frechet


class Pixels:
    """Judge with the pixels as its features."""

    def __call__(self, images: npt.NDArray[np.uint8]) -> Tensor:
        return self.features(images)

    def features(self, images: npt.NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(images.reshape(len(images), -1).astype(np.float64))


JUDGES = {"pixels": Pixels()}
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), np.uint8)


def darker(images: Tensor, generator: torch.Generator) -> Tensor:
    return images / 5


def inverted(images: Tensor, generator: torch.Generator) -> Tensor:
    return 1 - images


def test_a_copy_without_changes_is_at_0() -> None:
    assert copy_distance(IMAGES, JUDGES, changes=[])["pixels"] == pytest.approx(0, abs=1e-6)


def test_it_is_the_distance_of_the_changed_pictures() -> None:
    def wide(images: Tensor, generator: torch.Generator) -> Tensor:
        return blur(images, generator, probability=1.0, sigma=(1.0, 1.0))

    unit = torch.from_numpy(IMAGES).permute(0, 3, 1, 2).float() / 255
    copy = (wide(unit, torch.Generator()) * 255).round().permute(0, 2, 3, 1).numpy().astype(np.uint8)
    expected = frechet(Pixels().features(copy), Pixels().features(IMAGES))
    assert expected > 100
    assert copy_distance(IMAGES, JUDGES, changes=[wide])["pixels"] == pytest.approx(expected, rel=1e-9)


def test_changes_are_made_in_their_order() -> None:
    found = [copy_distance(IMAGES, JUDGES, changes=changes)["pixels"] for changes in ([darker, inverted], [inverted])]
    assert found[0] != pytest.approx(found[1], rel=0.1)


def test_random_changes_are_those_of_the_seed() -> None:
    one, same, other = (copy_distance(IMAGES, JUDGES, changes=[noise], seed=seed)["pixels"] for seed in (0, 0, 1))
    assert one == same != other


def test_one_image_is_too_few() -> None:
    with pytest.raises(DataError, match="too few"):
        copy_distance(IMAGES[:1], JUDGES, changes=[darker])
