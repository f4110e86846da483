import numpy as np
import pytest

from ganforge_digits.colours import contrasting, tinted
from ganforge_digits.draws import Draws

LUMA = [0.299, 0.587, 0.114]


def luma(colour):
    assert colour.dtype == np.float32
    assert colour.shape[1:] == (3, 1, 1)
    assert colour.min() >= -1e-6
    assert colour.max() <= 1 + 1e-6
    return colour[:, :, 0, 0].astype(np.float64) @ LUMA


def test_a_tint_keeps_the_luma():
    draws = Draws(np.random.default_rng(0), 5000)
    wanted = draws.uniform(0, 1)
    colours = tinted(draws, wanted)
    np.testing.assert_allclose(luma(colours), wanted[:, 0, 0], atol=1e-5)
    saturation = np.ptp(colours[:, :, 0, 0], axis=1)
    assert np.median(saturation) < 0.25  # most are muted
    assert (saturation > 0.4).mean() > 0.02  # some are paint


@pytest.mark.parametrize("contrast", [0.0, 0.25, 0.5])
def test_digits_and_sign_are_apart_in_luma(contrast):
    sign, digits = contrasting(Draws(np.random.default_rng(1), 5000), contrast)
    difference = luma(digits) - luma(sign)
    assert np.abs(difference).min() > contrast - 1e-5
    assert 0.4 < (difference > 0).mean() < 0.6
