import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from ganforge_digits.strokes import POSITIONS, STYLES, catmull_rom, styles


def test_catmull_rom_is_the_hermite_spline_with_central_differences():
    points = np.random.default_rng(0).normal(size=(6, 2))
    padded = np.concatenate([points[:1], points, points[-1:]])
    reference = CubicHermiteSpline(np.arange(6), points, (padded[2:] - padded[:-2]) / 2)
    times = np.linspace(0, 5, 101)
    weights = catmull_rom(tuple(map(tuple, points)), times.astype(np.float32))
    np.testing.assert_allclose(weights @ points, reference(times), atol=1e-5)


def test_a_repeated_point_is_a_corner():
    corner = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    curve = catmull_rom(corner, np.linspace(0, 3, 301, dtype=np.float32)) @ np.array(corner)
    # The curve never cuts the corner: it stays on the two sides.
    assert np.minimum(np.abs(curve[:, 1]), np.abs(curve[:, 0] - 1)).max() < 0.08


def test_every_digit_has_styles_within_the_unit_square():
    known = styles()
    assert known.count.tolist() == [len(digit) for digit in STYLES]
    assert len(known.count) == 10
    assert known.count.min() >= 2
    assert known.points.min() >= 0
    assert known.points.max() <= 1


@pytest.mark.parametrize("style", range(len(styles().points)))
def test_brush_positions_are_evenly_spaced_and_dense(style):
    known = styles()
    np.testing.assert_allclose(known.spline[style].sum(axis=1), 1, atol=1e-5)
    steps = np.linalg.norm(np.diff(known.spline[style] @ known.points[style], axis=0), axis=1)
    assert known.spline.shape[1] == POSITIONS
    assert np.median(steps) < 0.06  # of a height of at most 20 pixels: about a pixel
    # At most one jump, at a lift of the pen; equal steps elsewhere.
    assert np.sort(steps)[-2] < 1.6 * np.median(steps)


def test_padding_points_move_nothing():
    known = styles()
    for style, points in enumerate(known.points):
        used = np.abs(known.spline[style]).sum(axis=0) > 0
        assert used.any()
        assert (points[~used] == 0).all()
