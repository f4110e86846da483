"""Random numbers of drawn faces, in blocks, so that image i depends on the options and on i, not on the count.

Each block has its own random generator. Within a block every value of every attribute is equally frequent, and the
attributes are independent of one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganforge.data.images import Images
from ganforge_faces.attributes import CLASS_NAMES, NAMES, SIZES, Integers, to_classes

Floats = npt.NDArray[np.floating]

BLOCK = 96  # images, a multiple of each attribute's number of values; another value would change every image


@dataclass(frozen=True)
class Draws:
    """Random numbers and attributes of a block of images, shaped to broadcast over the pixels.

    Attributes:
        rng: source of the numbers.
        values: the attributes' values, int64 [BLOCK, attributes].

    Example:
        >>> draws = Draws.of(np.random.default_rng(0))
        >>> draws.uniform(0, 1).shape, draws.which("skin").shape
        ((96, 1, 1), (96,))
    """

    rng: np.random.Generator
    values: Integers

    @classmethod
    def of(cls, rng: np.random.Generator) -> Draws:
        """Return the draws of a generator, which gives the attributes first."""
        return cls(rng, np.stack([rng.permutation(np.arange(BLOCK, dtype=np.int64) % size) for size in SIZES], axis=1))

    def which(self, attribute: str) -> Integers:
        """Return the values of an attribute, int64 [BLOCK]."""
        return self.values[:, NAMES.index(attribute)]

    def has(self, attribute: str) -> npt.NDArray[np.bool_]:
        """Return whether an attribute's value is not its first, bool [BLOCK, 1, 1]."""
        return self.which(attribute)[:, None, None] > 0

    def uniform(self, low: float, high: float) -> Floats:
        """Return float32 [BLOCK, 1, 1], uniform in [low, high)."""
        return np.float32(low) + np.float32(high - low) * self.rng.random((BLOCK, 1, 1), dtype=np.float32)

    def normal(self, deviation: float, *shape: int) -> Floats:
        """Return float32 [BLOCK, *shape], by default [BLOCK, 1, 1], from a Gaussian of mean 0."""
        return np.float32(deviation) * self.rng.standard_normal((BLOCK, *(shape or (1, 1))), dtype=np.float32)

    def colour(self, palette: Floats, which: Integers, spread: float) -> Floats:
        """Return colours near those of a palette, float32 [BLOCK, 3, 1, 1] in 0..1.

        Args:
            palette: red, green and blue in 0..1, [colours, 3].
            which: the palette's colour for each image, [BLOCK].
            spread: deviation of the brightness, as a share; that of each channel beside is half as large.
        """
        gain = np.exp(self.normal(spread, 1) + self.normal(spread / 2, 3))
        return np.clip(palette[which] * gain, 0, 1)[..., None, None]


def draw_images(render: Callable[[Draws], npt.NDArray[np.uint8]], *, count: int, seed: int, domain: int) -> Images:
    """Draw `count` images, block by block, with their class indices and the classes' names.

    Args:
        render: maps the draws of a block to its images, uint8 [BLOCK, H, W, C].
        count: number of images, at least 1.
        seed: at least 0; other seeds give independent images.
        domain: number of the dataset, so that two datasets with one seed have other attributes.
    """
    images, labels = [], []
    for block in range(-(-count // BLOCK)):
        draws = Draws.of(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(domain, block))))
        labels.append(to_classes(draws.values))
        images.append(render(draws))
    return Images(np.concatenate(images)[:count], np.concatenate(labels)[:count], class_names=CLASS_NAMES)
