import numpy as np
import pytest

from ganforge_digits.draws import Draws
from ganforge_digits.fields import blur, smooth_field


def test_blur_is_a_gaussian_average_along_each_axis():
    rng = np.random.default_rng(0)
    images = rng.random((2, 3, 9, 9), dtype=np.float32)
    sigma_x, sigma_y = np.array([[[0.5]], [[1.2]]], np.float32), np.array([[[2.0]], [[0.3]]], np.float32)
    blurred = blur(images, sigma_x, sigma_y)
    offset = np.subtract.outer(np.arange(9.0), np.arange(9.0))
    for i in range(2):
        for c in range(3):
            across = np.exp(-(offset**2) / (2 * float(sigma_x[i, 0, 0]) ** 2))
            down = np.exp(-(offset**2) / (2 * float(sigma_y[i, 0, 0]) ** 2))
            for row in range(9):
                for column in range(9):
                    weights = np.outer(down[row], across[column])
                    expected = (weights * images[i, c]).sum() / weights.sum()
                    assert blurred[i, c, row, column] == pytest.approx(expected, abs=1e-4)


def test_a_smooth_field_is_smooth_and_of_unit_size():
    fields = smooth_field(Draws(np.random.default_rng(0), 400), size=32, knots=5)
    assert fields.shape == (400, 32, 32)
    assert fields.dtype == np.float32
    assert 0.7 < fields.std() < 1.3
    assert np.abs(np.diff(fields, axis=1)).mean() < 0.2 * np.abs(fields).mean()
