"""Peak signal-to-noise ratio against its definition."""

import numpy as np
import pytest

from ganforge_basics.metrics.psnr import BLOCK, psnr


def test_a_constant_error_has_a_closed_form():
    partners = np.random.default_rng(0).integers(50, 200, (5, 6, 4, 3), np.uint8)
    # An error of 25.5 levels would be 20 dB.
    assert psnr(partners + 5, partners) == pytest.approx(20 * np.log10(255 / 5))
    assert psnr(np.full_like(partners, 255), np.zeros_like(partners)) == 0.0


def test_it_is_the_mean_over_the_images_of_each_ones_own():
    partners = np.zeros((2, 4, 4, 1), np.uint8)
    outputs = partners.copy()
    outputs[0] += 51
    outputs[1, :2] += 255
    assert psnr(outputs, partners) == pytest.approx((20 * np.log10(5) + 10 * np.log10(2)) / 2)


def test_equal_images_have_the_highest_value():
    images = np.random.default_rng(1).integers(0, 256, (3, 4, 4, 3), np.uint8)
    assert psnr(images, images) == pytest.approx(100.0)


def test_images_are_compared_with_their_own_partners():
    draw = np.random.default_rng(2)
    partners = draw.integers(0, 256, (BLOCK + 7, 4, 4, 1), np.uint8)
    outputs = np.clip(partners.astype(int) + draw.integers(-9, 10, partners.shape), 0, 255).astype(np.uint8)
    errors = ((outputs.astype(float) - partners) ** 2).mean((1, 2, 3))
    assert psnr(outputs, partners) == pytest.approx((10 * np.log10(255**2 / errors)).mean())
    assert psnr(outputs, partners[::-1]) < psnr(outputs, partners) - 10
