"""Controls against naive implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganforge_faces.controls import colours, nearest, strangers


def test_colours_keep_the_mean_of_each_field_and_nothing_within(noise: Any) -> None:
    images = noise(3, 32, 32, 3)
    found = colours(images)
    assert (found.shape, found.dtype) == (images.shape, np.uint8)
    means = images.reshape(3, 8, 4, 8, 4, 3).mean((2, 4))
    # Between the centres of fields, colours change linearly; the two middle pixels of a field lie around its centre.
    assert np.abs(found.reshape(3, 8, 4, 8, 4, 3)[:, :, 1:3, :, 1:3].mean((2, 4)) - means).max() < 30
    mixed = images.reshape(3, 8, 4, 8, 4, 3)[:, :, ::-1, :, ::-1].reshape(images.shape)
    assert (colours(mixed) == found).all()


def test_colours_of_a_single_field_are_the_mean_colour(noise: Any) -> None:
    images = noise(2, 5, 7, 3)
    found = colours(images, side=1).astype(int)
    assert np.abs(found - images.mean((1, 2), keepdims=True)).max() <= 0.5 + 1e-6


def test_images_smaller_than_the_grid_stay_as_they_are(noise: Any) -> None:
    images = noise(2, 6, 8, 1)
    assert (colours(images) == images).all()


def test_the_nearest_is_that_of_a_loop_over_standardised_codes() -> None:
    draw = np.random.default_rng(0)
    code, others = draw.normal(size=(9, 4)), draw.normal(size=(7, 4)) * [1, 5, 0.5, 2] + [3, 0, -2, 100]
    own, there = ((one - one.mean(0)) / one.std(0) for one in (code, others))
    expected = [max(range(7), key=lambda j: float(row @ there[j]) / float(np.linalg.norm(there[j]))) for row in own]
    assert nearest(torch.from_numpy(code), torch.from_numpy(others)).tolist() == expected
    assert len(set(expected)) > 2


def test_a_dimension_that_never_varies_decides_nothing() -> None:
    code = torch.tensor([[0.0, 1.0, 5.0], [1.0, 0.0, 5.0], [1.0, 1.0, 5.0]])
    assert nearest(code, code).tolist() == [0, 1, 2]


@pytest.mark.parametrize("count", [2, 3, 50])
def test_strangers_are_everyone_and_nobody_meets_themselves(count: int) -> None:
    for seed in range(20):
        found = strangers(count, seed)
        assert sorted(found) == list(range(count))
        assert (found != np.arange(count)).all()
    assert count == 2 or any((strangers(count, seed) != strangers(count, 0)).any() for seed in range(20))
