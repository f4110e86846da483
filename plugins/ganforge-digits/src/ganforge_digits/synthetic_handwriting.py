"""Generated handwritten digits similar to MNIST: a brush moves along the jittered strokes of a digit."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ganforge.data.images import DataFile, Images
from ganforge_digits.draws import Draws, Floats, Labels, draw_images
from ganforge_digits.strokes import POSITIONS, styles

SIZE = 28  # pixels, as MNIST
FIT = 20.0  # pixels: the longer side of the written digit, as MNIST (LeCun et al., 1998)


class SyntheticHandwriting:
    """Generated handwritten digits like MNIST: grey 28x28, white on black, for use without a network connection.

    Other seeds give other images of the same distribution: for example seed 0 for training and seed 1 for testing.
    Image i is the same for any `count`. The same options give the same bits on the same machine and version of numpy;
    elsewhere a pixel may differ by rounding.

    Args:
        count: number of images; each run of ten has every digit once.
        seed: seed of the images.
        difficulty: 0 writes each style of a digit in one way; 1 scrawls.

    Example:
        >>> SyntheticHandwriting(count=10).decode().images.shape
        (10, 28, 28, 1)
    """

    classes: int | None = 10
    image_size, channels = 28, 1

    def __init__(
        self,
        *,
        count: Annotated[int, Field(ge=1, le=1_000_000)] = 6000,
        seed: Annotated[int, Field(ge=0)] = 0,
        difficulty: Annotated[float, Field(ge=0, le=1)] = 0.5,
    ) -> None:
        self.count, self.seed, self.difficulty = count, seed, difficulty

    def files(self) -> tuple[DataFile, ...]:
        """Return no files: the images are drawn."""
        return ()

    def decode(self) -> Images:
        """Draw the images: uint8 [count, 28, 28, 1], 0 the paper and 255 full ink, with labels 0..9."""
        return draw_images(self._render, count=self.count, seed=self.seed, domain=2)

    def _render(self, draws: Draws, labels: Labels) -> npt.NDArray[np.uint8]:
        positions = _write(draws, labels, self.difficulty)
        radius = np.clip(1.2 * np.exp(draws.normal(0.5 * self.difficulty, 1)), 0.75, 1.9)
        ink = _ink(
            _fit(positions, radius),
            radius * _pressure(draws, self.difficulty),
            edge=1 + self.difficulty * draws.uniform(0, 1),
        )
        return np.rint(255 * ink).astype(np.uint8)[..., None]


def _write(draws: Draws, labels: Labels, difficulty: float) -> Floats:
    """Return brush positions [n, POSITIONS, 2] for each label, in units of about the digit's height."""
    known = styles()
    style = known.first[labels] + draws.index(known.count[labels])
    points = known.points[style] + draws.normal(0.05 * difficulty, known.points.shape[1], 2)
    points -= 0.5
    # A smooth elastic distortion: two long waves in random directions move each axis.
    for _ in range(2):
        waves = draws.normal(3.0, 2, 2)
        points = points + 0.07 * difficulty * np.sin(points @ waves + 2 * np.pi * draws.uniform(0, 1))
    angle, slant = draws.normal(0.16 * difficulty)[:, 0, 0], 0.15 + draws.normal(0.36 * difficulty)[:, 0, 0]
    width = 0.85 * np.exp(draws.normal(0.24 * difficulty))[:, 0, 0]
    cosine, sine = np.cos(angle), np.sin(angle)
    # Columns: the images of the digit's x axis and of its y axis, which slants to the right at the top.
    x_axis = np.stack([width * cosine, width * sine], axis=-1)
    y_axis = np.stack([-sine - slant * cosine, cosine - slant * sine], axis=-1)
    placed: Floats = known.spline[style] @ points @ np.stack([x_axis, y_axis], axis=1)
    return placed


def _pressure(draws: Draws, difficulty: float) -> Floats:
    """Return a factor near 1 for the brush at each position, [n, POSITIONS], with about one wave along the strokes."""
    way = np.linspace(0, 2 * np.pi, POSITIONS, dtype=np.float32)
    wave = np.sin(draws.uniform(0.3, 1.5)[:, 0] * way + draws.uniform(0, 2 * np.pi)[:, 0])
    return np.clip(1 + draws.normal(0.3 * difficulty, 1) * wave, 0.6, 1.4)


def _fit(positions: Floats, radius: Floats) -> Floats:
    """Scale to FIT pixels and centre, as MNIST does (LeCun et al., 1998, section III.A).

    Args:
        positions: brush positions, [n, POSITIONS, 2], in any unit.
        radius: brush radius in pixels, [n, 1].

    Returns:
        [n, POSITIONS, 2], pixels; the centre of mass is as near to the image's centre as a margin of two pixels allows.
    """
    low, high = positions.min(axis=1, keepdims=True), positions.max(axis=1, keepdims=True)
    scale = (FIT - 2 * radius[..., None]) / (high - low).max(axis=2, keepdims=True)
    middle = (low + high) / 2
    room = (SIZE - FIT) / 2 - 2
    shift = ((positions.mean(axis=1, keepdims=True) - middle) * scale).clip(-room, room)
    fitted: Floats = (positions - middle) * scale - shift + (SIZE - 1) / 2
    return fitted


def _ink(positions: Floats, radii: Floats, edge: Floats) -> Floats:
    """Return the coverage of each pixel by a brush, in [0, 1], [n, SIZE, SIZE].

    Args:
        positions: brush centres (x, y) in pixels, float32 [n, POSITIONS, 2].
        radii: brush radii in pixels, float32 [n, POSITIONS].
        edge: width of the ramp from paper to ink in pixels, float32 [n, 1, 1].
    """
    pixels = np.arange(SIZE, dtype=np.float32)
    squares = (positions[..., None] - pixels) ** 2
    outside = np.full((len(positions), SIZE, SIZE), np.inf, dtype=np.float32)
    distance = np.empty_like(outside)
    for i in range(positions.shape[1]):  # one brush position at a time: the working set stays in the cache
        np.add(squares[:, i, 1, :, None], squares[:, i, 0, None, :], out=distance)
        np.sqrt(distance, out=distance)
        np.subtract(distance, radii[:, i, None, None], out=distance)
        np.minimum(outside, distance, out=outside)
    return np.clip(0.5 - outside / edge, 0, 1)
