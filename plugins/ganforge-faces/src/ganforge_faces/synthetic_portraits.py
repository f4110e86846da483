"""Generated portraits: shaded faces before coloured backgrounds, seen by a poor camera."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ganforge.data.images import DataFile, Images
from ganforge_faces.attributes import CLASSES
from ganforge_faces.drawing import Canvas, ellipse
from ganforge_faces.drawing_draws import BLOCK, Draws, Floats, draw_images
from ganforge_faces.drawing_face import Face
from ganforge_faces.drawing_fields import blur, smooth_field
from ganforge_faces.synthetic_options import Count, Seed, Size

SKIN = np.array([[0.90, 0.74, 0.65], [0.72, 0.52, 0.38], [0.36, 0.23, 0.17]], dtype=np.float32)
HAIR = np.array([[0.80, 0.65, 0.36], [0.62, 0.25, 0.10], [0.38, 0.23, 0.12], [0.09, 0.08, 0.09]], dtype=np.float32)
SCALE = 0.58  # half of a head's height as a share of half the picture


class SyntheticPortraits:
    """Generated portraits, shaded and photograph-like: RGB, seven labelled attributes, for use without any data.

    A label is the class index of the attributes, as in `faces/synthetic-avatars`: skin, hair, length of hair, glasses,
    beard, brows and mouth. Every value of an attribute is equally frequent, independently of the others. Other seeds
    give other images of the same distribution. Image i is the same for any `count`. The same options give the same bits
    on the same machine and version of numpy; elsewhere a pixel may differ by rounding.

    Args:
        count: number of images.
        seed: seed of the images.
        size: pixels per side.
        difficulty: 0 is a sharp picture of a centred head in even light; 1 has the most tilt, shift, blur, noise and
            shadow, and the widest range of colours.

    Example:
        >>> SyntheticPortraits(count=2, size=32).decode().images.shape
        (2, 32, 32, 3)
    """

    classes: int | None = CLASSES
    channels = 3

    def __init__(
        self,
        *,
        count: Count = 6000,
        seed: Seed = 0,
        size: Size = 64,
        difficulty: Annotated[float, Field(ge=0, le=1)] = 0.5,
    ) -> None:
        self.count, self.seed, self.image_size, self.difficulty = count, seed, size, difficulty

    def files(self) -> tuple[DataFile, ...]:
        """Return no files: the images are drawn."""
        return ()

    def decode(self) -> Images:
        """Draw the images: uint8 [count, size, size, 3] with labels 0..575."""
        return draw_images(self._render, count=self.count, seed=self.seed, domain=1)

    def _render(self, draws: Draws) -> npt.NDArray[np.uint8]:
        size, difficulty = self.image_size, self.difficulty
        across = np.linspace(-1, 1, 2 * size + 1, dtype=np.float32)[1::2]
        scale = SCALE * np.exp(draws.normal(0.1 * difficulty))
        x, y = _view(draws, across, scale, difficulty)
        canvas = Canvas(x, y, 0.5 * size * scale, _background(draws, across))
        face = Face(
            draws,
            x,
            y,
            width=0.76 * np.exp(draws.normal(0.04)),
            eye=0.17 * np.exp(draws.normal(0.12)),
            volume=draws.uniform(0.12, 0.24),
        )
        _paint(canvas, face, draws, difficulty)
        return np.rint(255 * _photograph(draws, canvas.scene, difficulty)).astype(np.uint8)


def _view(draws: Draws, across: Floats, scale: Floats, difficulty: float) -> tuple[Floats, Floats]:
    """Return each pixel's position on the face, x and y [n, S, S]: a random rotation, scale and shift."""
    angle = draws.normal(0.14 * difficulty)
    right = (across - draws.normal(0.08 * difficulty)) / scale
    down = (across[:, None] + np.float32(0.08) - draws.normal(0.08 * difficulty)) / scale
    cosine, sine = np.cos(angle), np.sin(angle)
    return cosine * right + sine * down, cosine * down - sine * right


def _background(draws: Draws, across: Floats) -> Floats:
    """Return a gradient between two random colours in a random direction, [n, 3, S, S] in 0..1."""
    angle = draws.uniform(0, 2 * np.pi)
    share = np.clip(0.5 + 0.5 * (np.cos(angle) * across + np.sin(angle) * across[:, None]), 0, 1)[:, None]
    first, second = (draws.rng.random((BLOCK, 3, 1, 1), dtype=np.float32) * np.float32(0.9) for _ in range(2))
    gradient: Floats = first + (second - first) * share
    return gradient


def _paint(canvas: Canvas, face: Face, draws: Draws, difficulty: float) -> None:
    """Paint the portraits from the back to the front, with light from a random side."""
    x, y = face.x, face.y
    skin = draws.colour(SKIN, draws.which("skin"), 0.04 + 0.08 * difficulty)
    hair = draws.colour(HAIR, draws.which("hair"), 0.04 + 0.08 * difficulty)
    dark = np.full((1, 3, 1, 1), 0.06, dtype=np.float32)
    white = np.full((1, 3, 1, 1), 0.92, dtype=np.float32)
    clothes = draws.rng.random((BLOCK, 3, 1, 1), dtype=np.float32) * np.float32(0.9)

    # Brightness of round surfaces, falling off to the edge of the head and on the side away from the light.
    side = draws.normal(0.2 * difficulty) * x - draws.uniform(0, 0.2 * difficulty) * y
    light = (1 + side - 0.22 * (np.square(x) + 0.5 * np.square(y)))[:, None]
    # Strands run from the parting at the top: waves in the angle about it, bent at random.
    bend = smooth_field(draws, x.shape[-1], 4)
    strands = 1 + 0.14 * np.sin(draws.uniform(16, 26) * x / (2.2 + y) + 1.5 * bend)[:, None]
    tresses, flesh = hair * strands * light, skin * light

    canvas.fill(face.back_hair, 0.75 * tresses)
    canvas.fill(face.shoulders, clothes * light)
    canvas.fill(face.neck, draws.uniform(0.55, 0.9)[:, None] * flesh)
    canvas.fill(face.ears, 0.9 * flesh)
    canvas.fill(face.head, flesh)
    # The nose: its shadow below, and a bright ridge.
    canvas.fill(ellipse(x - draws.normal(0.03), y - np.float32(0.27), 0.13, 0.07), 0.78 * flesh)
    canvas.fill(ellipse(x, y - np.float32(0.12), 0.07, 0.2), np.minimum(1.08 * flesh, 1))
    canvas.fill(face.beard(), 0.8 * tresses)
    canvas.fill(face.fringe, tresses)
    canvas.fill(face.eyes(wide=1.15, high=0.78), draws.uniform(0.2, 0.9)[:, None] * flesh)
    canvas.fill(face.eyes(), white)
    gaze = draws.normal(0.02)
    iris = draws.rng.random((BLOCK, 3, 1, 1), dtype=np.float32) * np.float32(0.4)
    canvas.fill(face.eyes(gaze, 0.6, 0.6), iris)
    pupil = draws.uniform(0.2, 0.5)
    canvas.fill(face.eyes(gaze, pupil, pupil), dark)
    canvas.fill(face.brows(0.022, 0.1, lift=0.17), 0.35 * tresses)
    lips = face.lips(draws.uniform(0.28, 0.36), 0.055)
    canvas.fill(lips, skin * np.array([0.85, 0.5, 0.5], dtype=np.float32)[:, None, None])
    canvas.fill(face.teeth(lips, 0.03), white)
    # Frames of a colour that is seen: dark ones, and brighter ones on dark skin.
    brighter = np.array([0, 0, 0.5], dtype=np.float32)[draws.which("skin")][:, None, None, None]
    frame = draws.rng.random((BLOCK, 3, 1, 1), dtype=np.float32) * np.float32(0.35) + brighter
    canvas.fill(face.glasses(draws.uniform(0.24, 0.3), 0.04), frame)


def _photograph(draws: Draws, scene: Floats, difficulty: float) -> Floats:
    """Apply texture, lens and sensor: [n, 3, S, S] to [n, S, S, 3], in 0..1."""
    size = scene.shape[-1]
    scene = scene * (1 + 0.05 * smooth_field(draws, size, size // 5))[:, None]
    softness = (0.4 + 0.4 * difficulty * np.abs(draws.normal(1.0))) * np.float32(size / 64)
    scene = blur(scene, np.maximum(softness, np.float32(0.3)))
    scene += draws.normal(1.0, 3, size, size) * draws.uniform(0, 0.05 * difficulty)[:, None]
    exposure = np.exp(draws.normal(0.12 * difficulty))[:, None]
    return np.clip(scene * exposure, 0, 1).transpose(0, 2, 3, 1)
