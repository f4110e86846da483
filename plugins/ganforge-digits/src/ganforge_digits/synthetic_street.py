"""Generated house numbers similar to SVHN: digits of real fonts on a sign, seen by a poor camera."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ganforge.data.images import DataFile, Images
from ganforge_digits.colours import contrasting, tinted
from ganforge_digits.draws import Draws, Floats, Labels, draw_images
from ganforge_digits.fields import blur, smooth_field
from ganforge_digits.glyphs import Glyphs, load_glyphs

SIZE = 32  # pixels, as SVHN's cropped digits


class SyntheticStreet:
    """Generated street numbers like SVHN's cropped digits: RGB 32x32, for use without a network connection.

    The label is the digit in the middle; parts of other digits may appear beside it. Other seeds give other images of
    the same distribution: for example seed 0 for training and seed 1 for testing. Image i is the same for any `count`.
    The same options give the same bits on the same machine and versions of numpy, Pillow and matplotlib; elsewhere a
    pixel may differ by rounding.

    Args:
        count: number of images; each run of ten has every digit once.
        seed: seed of the images.
        difficulty: 0 is a clean sign seen from the front; 1 has the least contrast and the most blur, noise, shadow
            and tilt. A small convolutional network trained on 6,000 images reads 97.5 % of fresh ones at 0.7, and
            82.5 % at 1.

    Example:
        >>> SyntheticStreet(count=10).decode().images.shape
        (10, 32, 32, 3)
    """

    classes: int | None = 10
    image_size, channels = 32, 3

    def __init__(
        self,
        *,
        count: Annotated[int, Field(ge=1, le=1_000_000)] = 6000,
        seed: Annotated[int, Field(ge=0)] = 0,
        difficulty: Annotated[float, Field(ge=0, le=1)] = 0.7,
    ) -> None:
        self.count, self.seed, self.difficulty = count, seed, difficulty

    def files(self) -> tuple[DataFile, ...]:
        """Return no files: the images are drawn, with the fonts of matplotlib."""
        return ()

    def decode(self) -> Images:
        """Draw the images: uint8 [count, 32, 32, 3] with labels 0..9.

        Raises:
            DataError: matplotlib or one of its fonts is missing.
        """
        return draw_images(self._render, count=self.count, seed=self.seed, domain=1)

    def _render(self, draws: Draws, labels: Labels) -> npt.NDArray[np.uint8]:
        height = draws.uniform(18, 24)
        x, y = _view(draws, height, self.difficulty)
        ink = _line(draws, load_glyphs(), labels, x, y, self.difficulty)
        scene = _paint(draws, ink, x, y, height, self.difficulty)
        return np.rint(255 * _photograph(draws, scene, self.difficulty)).astype(np.uint8)


def _view(draws: Draws, height: Floats, difficulty: float) -> tuple[Floats, Floats]:
    """Return each pixel's position on the sign: x and y [n, SIZE, SIZE] from the digit's middle, in digit heights.

    A homography of rotation, shear, aspect, shift and tilt; `height` is a digit's height in pixels, [n, 1, 1].
    """
    pixel = np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2
    across = (pixel + draws.normal(1.6 * difficulty)) / height
    down = (pixel[:, None] + draws.normal(1.6 * difficulty)) / height
    depth = 1 + draws.normal(0.2 * difficulty) * across + draws.normal(0.2 * difficulty) * down
    depth = np.maximum(depth, 0.4)  # the horizon stays out of the picture
    angle, shear = draws.normal(0.16 * difficulty), draws.normal(0.24 * difficulty)
    aspect = np.exp(draws.normal(0.24 * difficulty))
    cosine, sine = np.cos(angle), np.sin(angle)
    x = aspect * (cosine * across + (sine + shear) * down) / depth
    y = (cosine * down - sine * across) / depth
    return x, y


def _line(draws: Draws, glyphs: Glyphs, labels: Labels, x: Floats, y: Floats, difficulty: float) -> Floats:
    """Return each pixel's signed distance to the ink of the digit and its neighbours, if any; positive inside."""
    font = draws.index(len(glyphs.fields))
    ink = glyphs.distance(font, labels, x, y)
    gap = draws.uniform(0.1, 0.35)
    for side in (-1, 1):
        neighbour = draws.index(10)
        offset = 0.5 * (glyphs.widths[font, labels] + glyphs.widths[font, neighbour])[:, None, None] + gap
        there = np.flatnonzero(draws.chance(min(1.0, 1.2 * difficulty)))
        beside = glyphs.distance(font[there], neighbour[there], (x - side * offset)[there], y[there])
        ink[there] = np.maximum(ink[there], beside)
    # Only bolder: the thinnest strokes would vanish if thinned.
    return ink + np.abs(draws.normal(0.03 * difficulty))


def _paint(draws: Draws, ink: Floats, x: Floats, y: Floats, height: Floats, difficulty: float) -> Floats:
    """Return the sign, the wall behind it and the digits, [n, 3, SIZE, SIZE] in 0..1."""
    sign, digits = contrasting(draws, 0.5 - 0.25 * difficulty)
    wall = tinted(draws, draws.uniform(0.1, 0.9))
    # The sign is a rectangle that may end within the image, less often at low difficulty.
    right, left = 0.9 + draws.uniform(0, 1.2), -0.9 - draws.uniform(0, 1.2)
    half = 0.68 + draws.uniform(0, 0.7) + draws.chance(1 - 0.9 * difficulty)
    on_sign = np.minimum(np.minimum(right - x, x - left), half - np.abs(y))
    scene = wall + (sign - wall) * _cover(on_sign, height)
    # A raised digit casts a shadow on the sign: the same ink, one pixel down and to the right.
    cover = _cover(ink, height)
    thrown = np.pad(cover, ((0, 0), (0, 0), (1, 0), (1, 0)))[..., :-1, :-1] * draws.chance(0.4 * difficulty)[:, None]
    scene = scene * (1 - np.float32(0.5) * thrown)
    return scene + (digits - scene) * cover


def _cover(inside: Floats, height: Floats) -> Floats:
    """Return the fraction of each pixel [n, 1, SIZE, SIZE] inside an edge at a signed distance in digit heights."""
    return np.clip(0.5 + inside * height, 0, 1)[:, None]


def _photograph(draws: Draws, scene: Floats, difficulty: float) -> Floats:
    """Apply light, lens and sensor: [n, 3, SIZE, SIZE] to [n, SIZE, SIZE, 3], in 0..1."""
    along = np.linspace(-1, 1, SIZE, dtype=np.float32)
    slope = draws.normal(0.25 * difficulty) * along + draws.normal(0.25 * difficulty) * along[:, None]
    light = np.exp(slope + 0.16 * difficulty * smooth_field(draws, SIZE, 5))
    # The soft edge of a shadow across the sign.
    edge = along * draws.normal(1.0) + along[:, None] * draws.normal(1.0) + draws.normal(0.5)
    shadow = draws.uniform(0.2, 0.5) * draws.chance(0.6 * difficulty)
    light *= 1 - shadow * np.clip(0.5 + 4 * edge, 0, 1)
    scene = blur(scene * light[:, None], *(0.35 + difficulty * np.abs(draws.normal(1.0)) for _ in range(2)))
    grain = draws.normal(1.0, 3, SIZE, SIZE) + 1.5 * draws.normal(1.0, 1, SIZE, SIZE)
    size = draws.uniform(0.4, 0.9)
    noise = blur(grain, size, size)
    haze = draws.uniform(0, 0.4 * difficulty)[:, None]
    scene = scene * (1 - haze) + haze * draws.uniform(0.3, 0.7)[:, None]
    scene += noise * draws.uniform(0, 0.05 * difficulty)[:, None]
    return np.clip(scene, 0, 1).transpose(0, 2, 3, 1)
