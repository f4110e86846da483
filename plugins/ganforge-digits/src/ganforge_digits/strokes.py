"""The ten digits as strokes of a pen, each in a few styles.

A style is a set of strokes through control points, and a matrix that maps the control points to brush positions at
equal distances along Catmull-Rom splines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ganforge_digits.draws import Floats, Labels

POSITIONS = 72  # brush positions per digit: less than a pixel apart in a digit 20 pixels tall

Stroke = tuple[tuple[float, float], ...]

# Points (x, y), x to the right, y down, in a unit square. A repeated point is a corner. Equal points of a style are one
# control point, so strokes that meet there still meet after the point moves.
STYLES: tuple[tuple[tuple[Stroke, ...], ...], ...] = (
    (  # 0: a closed oval; one that overlaps at the top
        (((0.6, 0.0), (0.28, 0.12), (0.14, 0.5), (0.26, 0.88), (0.52, 1.0), (0.78, 0.85), (0.88, 0.48), (0.6, 0.0)),),
        (
            (
                (0.72, 0.08),
                (0.45, 0.0),
                (0.18, 0.25),
                (0.16, 0.72),
                (0.45, 1.0),
                (0.76, 0.8),
                (0.84, 0.35),
                (0.62, 0.06),
                (0.42, 0.1),
            ),
        ),
    ),
    (  # 1: a bar; with a flag; with a flag and a foot
        (((0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),),
        (((0.3, 0.22), (0.5, 0.0), (0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),),
        (((0.28, 0.2), (0.5, 0.0), (0.5, 0.0), (0.5, 0.5), (0.5, 1.0)), ((0.2, 1.0), (0.5, 1.0), (0.8, 1.0))),
    ),
    (  # 2: with a corner; with a loop at the foot
        (
            (
                (0.14, 0.24),
                (0.36, 0.02),
                (0.68, 0.06),
                (0.78, 0.32),
                (0.5, 0.68),
                (0.1, 0.98),
                (0.1, 0.98),
                (0.5, 0.96),
                (0.9, 0.97),
            ),
        ),
        (
            (
                (0.14, 0.2),
                (0.42, 0.0),
                (0.76, 0.16),
                (0.66, 0.5),
                (0.34, 0.88),
                (0.12, 0.98),
                (0.08, 0.84),
                (0.28, 0.8),
                (0.62, 0.98),
                (0.96, 0.92),
            ),
        ),
    ),
    (  # 3: two bows; a flat top
        (
            (
                (0.16, 0.12),
                (0.46, 0.0),
                (0.76, 0.18),
                (0.62, 0.4),
                (0.36, 0.47),
                (0.36, 0.47),
                (0.74, 0.56),
                (0.82, 0.8),
                (0.5, 1.0),
                (0.1, 0.9),
            ),
        ),
        (
            (
                (0.14, 0.04),
                (0.8, 0.02),
                (0.8, 0.02),
                (0.42, 0.4),
                (0.42, 0.4),
                (0.76, 0.5),
                (0.8, 0.8),
                (0.5, 1.0),
                (0.1, 0.92),
            ),
        ),
    ),
    (  # 4: open, with a corner; closed; open, with a bowl
        (
            ((0.24, 0.02), (0.18, 0.28), (0.1, 0.56), (0.1, 0.56), (0.5, 0.55), (0.92, 0.52)),
            ((0.68, 0.12), (0.66, 0.55), (0.62, 1.0)),
        ),
        (
            ((0.66, 0.0), (0.36, 0.32), (0.06, 0.64), (0.06, 0.64), (0.5, 0.64), (0.94, 0.62)),
            ((0.66, 0.0), (0.64, 0.5), (0.62, 1.0)),
        ),
        (
            ((0.2, 0.04), (0.14, 0.36), (0.36, 0.52), (0.76, 0.4)),
            ((0.84, 0.0), (0.76, 0.4), (0.66, 1.0)),
        ),
    ),
    (  # 5: in one stroke; with the bar as a stroke of its own
        (
            (
                (0.84, 0.02),
                (0.3, 0.02),
                (0.3, 0.02),
                (0.22, 0.44),
                (0.22, 0.44),
                (0.54, 0.38),
                (0.8, 0.62),
                (0.7, 0.92),
                (0.4, 1.0),
                (0.1, 0.9),
            ),
        ),
        (
            ((0.3, 0.06), (0.24, 0.42), (0.24, 0.42), (0.6, 0.44), (0.76, 0.7), (0.56, 0.96), (0.12, 0.96)),
            ((0.3, 0.06), (0.6, 0.04), (0.92, 0.0)),
        ),
    ),
    (  # 6: a long back; a hooked top
        (
            (
                (0.64, 0.0),
                (0.36, 0.24),
                (0.18, 0.62),
                (0.28, 0.94),
                (0.58, 0.98),
                (0.78, 0.76),
                (0.6, 0.56),
                (0.36, 0.62),
                (0.21, 0.8),
            ),
        ),
        (
            (
                (0.78, 0.1),
                (0.54, 0.0),
                (0.26, 0.24),
                (0.18, 0.66),
                (0.38, 1.0),
                (0.72, 0.92),
                (0.8, 0.66),
                (0.5, 0.52),
                (0.19, 0.72),
            ),
        ),
    ),
    (  # 7: plain; crossed; with a serif
        (((0.1, 0.06), (0.45, 0.05), (0.86, 0.02), (0.86, 0.02), (0.6, 0.45), (0.42, 1.0)),),
        (
            ((0.1, 0.04), (0.45, 0.05), (0.86, 0.02), (0.86, 0.02), (0.6, 0.48), (0.4, 1.0)),
            ((0.28, 0.52), (0.54, 0.5), (0.82, 0.46)),
        ),
        (((0.1, 0.24), (0.14, 0.04), (0.14, 0.04), (0.5, 0.06), (0.84, 0.02), (0.84, 0.02), (0.66, 0.5), (0.56, 1.0)),),
    ),
    (  # 8: a figure of eight from the upper right; two loops
        (
            (
                (0.74, 0.1),
                (0.46, 0.0),
                (0.22, 0.2),
                (0.46, 0.44),
                (0.76, 0.72),
                (0.5, 1.0),
                (0.2, 0.78),
                (0.46, 0.48),
                (0.74, 0.24),
                (0.74, 0.1),
            ),
        ),
        (
            ((0.5, 0.45), (0.26, 0.24), (0.48, 0.0), (0.74, 0.2), (0.5, 0.45)),
            ((0.5, 0.45), (0.2, 0.72), (0.46, 1.0), (0.8, 0.76), (0.5, 0.45)),
        ),
    ),
    (  # 9: a straight stem; a curved stem; a hooked tail
        (
            (
                (0.76, 0.16),
                (0.48, 0.0),
                (0.2, 0.2),
                (0.32, 0.46),
                (0.62, 0.4),
                (0.76, 0.16),
                (0.76, 0.16),
                (0.72, 0.6),
                (0.68, 1.0),
            ),
        ),
        (
            (
                (0.74, 0.12),
                (0.44, 0.02),
                (0.22, 0.26),
                (0.44, 0.46),
                (0.74, 0.3),
                (0.74, 0.12),
                (0.74, 0.12),
                (0.64, 0.58),
                (0.36, 1.0),
            ),
        ),
        (
            (
                (0.78, 0.14),
                (0.5, 0.0),
                (0.22, 0.2),
                (0.36, 0.44),
                (0.66, 0.38),
                (0.78, 0.14),
                (0.8, 0.6),
                (0.62, 0.98),
                (0.2, 0.92),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Styles:
    """All styles of all digits, as arrays.

    Attributes:
        first: int64 [10], index of each digit's first style.
        count: int64 [10], number of styles of each digit.
        points: float32 [styles, points, 2], control points, padded with unused points.
        spline: float32 [styles, POSITIONS, points]; `spline @ points` are the brush positions.
    """

    first: Labels
    count: Labels
    points: Floats
    spline: Floats


def catmull_rom(stroke: Stroke, times: Floats) -> Floats:
    """Return the weights of the points of a uniform Catmull-Rom spline with repeated ends.

    Catmull and Rom, 1974, with tension 1/2.

    Args:
        stroke: K points, at least two.
        times: float32 [T], 0 at the first point, K - 1 at the last.

    Returns:
        float32 [T, K] with rows that sum to 1; its product with the points is the curve at these times.

    Example:
        >>> catmull_rom(((0.0, 0.0), (1.0, 1.0)), np.array([0.0, 0.5], np.float32)).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
    """
    last = len(stroke) - 1
    segment = np.minimum(times.astype(np.int64), last - 1)
    t = times - segment
    basis = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1.0 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2.0 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    weights = np.zeros((len(times), last + 1), dtype=np.float32)
    for offset, values in zip((-1, 0, 1, 2), basis, strict=True):
        np.add.at(weights, (np.arange(len(times)), np.clip(segment + offset, 0, last)), values)
    return weights


def _style(strokes: tuple[Stroke, ...]) -> tuple[Floats, Floats]:
    """Return a style's distinct control points [K, 2] and the matrix [POSITIONS, K] to its brush positions."""
    points = sorted({point for stroke in strokes for point in stroke})
    column = {point: i for i, point in enumerate(points)}
    coordinates = np.array(points, dtype=np.float32)
    dense, steps = [], []
    for stroke in strokes:
        weights = catmull_rom(stroke, np.linspace(0, len(stroke) - 1, 50 * len(stroke), dtype=np.float32))
        spread = np.zeros((len(stroke), len(points)), dtype=np.float32)
        spread[np.arange(len(stroke)), [column[point] for point in stroke]] = 1.0
        dense.append(weights @ spread)
        # The pen is lifted between strokes, so that gap has length 0.
        curve = dense[-1] @ coordinates
        steps.append(np.linalg.norm(np.diff(curve, axis=0, prepend=curve[:1]), axis=1))
    way = np.cumsum(np.concatenate(steps))
    nearest = np.searchsorted(way, np.linspace(0, way[-1], POSITIONS)).clip(max=len(way) - 1)
    return coordinates, np.concatenate(dense)[nearest]


@cache
def styles() -> Styles:
    """Return all styles; compute them once."""
    count = np.array([len(digit) for digit in STYLES], dtype=np.int64)
    built = [_style(strokes) for digit in STYLES for strokes in digit]
    most = max(len(points) for points, _ in built)
    return Styles(
        first=np.cumsum(count) - count,
        count=count,
        points=np.stack([np.pad(points, ((0, most - len(points)), (0, 0))) for points, _ in built]),
        spline=np.stack([np.pad(spline, ((0, 0), (0, most - spline.shape[1]))) for _, spline in built]),
    )
