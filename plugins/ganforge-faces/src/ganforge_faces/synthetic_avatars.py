"""Generated avatars: flat colours within black outlines on white, centred, with big eyes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ganforge.data.images import DataFile, Images
from ganforge_faces.attributes import CLASSES
from ganforge_faces.drawing import Canvas, ellipse
from ganforge_faces.drawing_draws import BLOCK, Draws, Floats, draw_images
from ganforge_faces.drawing_face import Face
from ganforge_faces.synthetic_options import Count, Seed, Size

SKIN = np.array([[1.0, 0.87, 0.74], [0.87, 0.63, 0.41], [0.44, 0.27, 0.19]], dtype=np.float32)
HAIR = np.array([[1.0, 0.84, 0.28], [0.92, 0.36, 0.10], [0.62, 0.38, 0.16], [0.15, 0.14, 0.19]], dtype=np.float32)
RED, BLUE = np.array([0.75, 0.15, 0.2], dtype=np.float32), np.array([0.1, 0.25, 0.75], dtype=np.float32)
SCALE = 0.62  # half of a head's height as a share of half the picture
OUTLINE = 0.055


class SyntheticAvatars:
    """Generated avatars, flat and outlined on white: RGB, seven labelled attributes, for use without any data.

    A label is the class index of the attributes: skin, hair, length of hair, glasses, beard, brows and mouth; the
    names of the 576 classes list their values. Every value of an attribute is equally frequent, independently of the
    others; proportions and colours vary a little. Other seeds give other images of the same distribution. Image i is
    the same for any `count`. The same options give the same bits on the same machine and version of numpy; elsewhere a
    pixel may differ by rounding.

    Args:
        count: number of images.
        seed: seed of the images.
        size: pixels per side.

    Example:
        >>> SyntheticAvatars(count=2, size=32).decode().images.shape
        (2, 32, 32, 3)
    """

    classes: int | None = CLASSES
    channels = 3

    def __init__(self, *, count: Count = 6000, seed: Seed = 0, size: Size = 64) -> None:
        self.count, self.seed, self.image_size = count, seed, size

    def files(self) -> tuple[DataFile, ...]:
        """Return no files: the images are drawn."""
        return ()

    def decode(self) -> Images:
        """Draw the images: uint8 [count, size, size, 3] with labels 0..575."""
        return draw_images(self._render, count=self.count, seed=self.seed, domain=2)

    def _render(self, draws: Draws) -> npt.NDArray[np.uint8]:
        size = self.image_size
        across = np.linspace(-1, 1, 2 * size + 1, dtype=np.float32)[1::2]
        scale = SCALE * np.exp(draws.normal(0.02))
        x, y = np.broadcast_arrays(across / scale, (across[:, None] + np.float32(0.06)) / scale)
        canvas = Canvas(x, y, 0.5 * size * scale, np.ones((BLOCK, 3, size, size), dtype=np.float32))
        face = Face(draws, x, y, draws.uniform(0.82, 0.92), draws.uniform(0.17, 0.2), draws.uniform(0.14, 0.2))
        _paint(canvas, face, draws)
        return np.rint(255 * canvas.scene).astype(np.uint8).transpose(0, 2, 3, 1)


def _paint(canvas: Canvas, face: Face, draws: Draws) -> None:
    """Paint the avatars from the back to the front."""
    skin = draws.colour(SKIN, draws.which("skin"), 0.03)
    hair = draws.colour(HAIR, draws.which("hair"), 0.04)
    black, white = (np.full((1, 3, 1, 1), shade, dtype=np.float32) for shade in (0.0, 1.0))

    def outlined(inside: Floats, colour: Floats) -> None:
        canvas.fill(inside + np.float32(OUTLINE), black)
        canvas.fill(inside, colour)

    outlined(face.back_hair, hair)
    outlined(face.neck, 0.85 * skin)
    outlined(face.ears, skin)
    outlined(face.head, skin)
    outlined(face.beard(), 0.85 * hair)
    outlined(face.fringe, hair)
    canvas.fill(face.eyes(wide=1.1, high=1.0), white)
    canvas.fill(face.eyes(wide=0.6, high=0.7), black)
    canvas.fill(ellipse(face.x, face.y - np.float32(0.25), 0.07, 0.05), 0.7 * skin)
    canvas.fill(face.brows(0.035, 0.11, lift=0.23), black)
    lips = face.lips(draws.uniform(0.3, 0.36), 0.06)
    canvas.fill(lips, RED[:, None, None])
    canvas.fill(face.teeth(lips, 0.04), white)
    canvas.fill(face.glasses(draws.uniform(0.27, 0.3), 0.04), BLUE[:, None, None])
