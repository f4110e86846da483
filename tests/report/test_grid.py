"""Grids of pairs, and pictures that are there whole or not at all."""

import numpy as np
import pytest
from PIL import Image

from ganforge import atomic
from ganforge.report.pictures import GAP, SCALE, pair_grid, save_picture


def solid(value, count, size=4, channels=1):
    return np.full((count, size, size, channels), value, np.uint8)


@pytest.mark.parametrize("count", [1, 3, 8, 9, 17])
def test_every_pair_lies_side_by_side_in_reading_order(count):
    inputs = np.concatenate([solid(10 * index, 1) for index in range(count)])
    outputs = np.concatenate([solid(10 * index + 5, 1) for index in range(count)])
    grid = pair_grid(inputs, outputs, columns=8)
    side = 4 * SCALE
    assert grid.shape == (-(-count // 8) * (side + 2 * GAP), 8 * (2 * side + 3 * GAP), 3)
    for index in range(count):
        row, column = divmod(index, 8)
        top, left = row * (side + 2 * GAP) + GAP, column * (2 * side + 3 * GAP) + GAP
        assert (grid[top : top + side, left : left + side] == 10 * index).all()
        assert (grid[top : top + side, left + side + GAP : left + 2 * side + GAP] == 10 * index + 5).all()
    # What is left is white.
    assert (grid == 255).all(2).sum() == grid.shape[0] * grid.shape[1] - 2 * count * side**2


def test_pictures_of_other_size_and_channels_are_fitted():
    grid = pair_grid(solid(10, 2, size=6, channels=3), solid(20, 2, size=3, channels=1))
    assert set(np.unique(grid)) == {10, 20, 255}
    assert (grid == 10).all(2).sum() == (grid == 20).all(2).sum()


def test_pictures_need_not_be_square():
    grid = pair_grid(np.full((1, 2, 5, 3), 10, np.uint8), np.full((1, 2, 5, 3), 20, np.uint8), columns=1)
    assert grid.shape == (2 * SCALE + 2 * GAP, 2 * 5 * SCALE + 3 * GAP, 3)
    assert (grid == 20).all(2).sum() == 2 * 5 * SCALE**2


def test_pictures_of_another_shape_are_not_distorted():
    grid = pair_grid(np.full((1, 6, 4, 1), 10, np.uint8), np.full((1, 4, 4, 1), 20, np.uint8), columns=1)
    assert (grid == 10).all(2).sum() == 6 * 4 * SCALE**2
    rows, columns = np.nonzero((grid == 20).all(2))
    assert np.ptp(rows) == np.ptp(columns) == 4 * SCALE - 1


def test_as_many_outputs_as_inputs():
    with pytest.raises(ValueError, match="zip"):
        pair_grid(solid(0, 2), solid(0, 3))


def test_a_picture_is_saved_to_the_bit(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    save_picture(picture, tmp_path / "samples" / "step.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / "step.png")), picture)


def test_a_picture_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "step.png"
    save_picture(solid(1, 1, channels=3)[0], path)

    def refuse(temporary, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "create", refuse)
    with pytest.raises(OSError, match="No space left"):
        save_picture(solid(2, 1, channels=3)[0], path)
    assert (np.asarray(Image.open(path)) == 1).all()
    assert [found.name for found in tmp_path.iterdir()] == ["step.png"]
