"""Random numbers of generated images, in blocks of a hundred.

Each block has its own random generator and balanced labels, and draws one float32 number per image. So image i depends
on the options and on i, not on the number of images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganforge.data.images import Images

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

BLOCK = 100  # images per block, a multiple of the ten classes; another value would change every image


@dataclass(frozen=True)
class Draws:
    """Random numbers for a block of images, one per image, shaped to broadcast over the pixels.

    Args:
        rng: source of the numbers.
        count: number of images in the block.

    Example:
        >>> Draws(np.random.default_rng(0), count=20).uniform(0, 1).shape
        (20, 1, 1)
    """

    rng: np.random.Generator
    count: int = BLOCK

    def uniform(self, low: float, high: float) -> Floats:
        """Return float32 [count, 1, 1], uniform in [low, high)."""
        return low + (high - low) * self.rng.random((self.count, 1, 1), dtype=np.float32)

    def normal(self, deviation: float, *shape: int) -> Floats:
        """Return float32 [count, *shape], by default [count, 1, 1], from a Gaussian of mean 0."""
        return deviation * self.rng.standard_normal((self.count, *(shape or (1, 1))), dtype=np.float32)

    def chance(self, probability: float) -> npt.NDArray[np.bool_]:
        """Return bool [count, 1, 1], true with this probability."""
        return self.rng.random((self.count, 1, 1), dtype=np.float32) < probability

    def index(self, size: int | Labels) -> Labels:
        """Return int64 [count], uniform in 0 .. size - 1; size is one number or [count]."""
        return self.rng.integers(size, size=self.count)

    def labels(self) -> Labels:
        """Return int64 [count]; each run of ten has every digit once, in random order."""
        runs = np.tile(np.arange(10, dtype=np.int64), (self.count // 10, 1))
        return self.rng.permuted(runs, axis=1).reshape(-1)


def draw_images(
    render: Callable[[Draws, Labels], npt.NDArray[np.uint8]], *, count: int, seed: int, domain: int
) -> Images:
    """Render `count` labelled images, block by block.

    Args:
        render: maps the draws and labels [n] of a block to images, uint8 [n, H, W, C].
        count: number of images, at least 1.
        seed: at least 0; other seeds give independent images.
        domain: number of the dataset, so that two datasets with one seed have labels in different orders.
    """
    images, labels = [], []
    for block in range(-(-count // BLOCK)):
        draws = Draws(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(domain, block))))
        labels.append(draws.labels())
        images.append(render(draws, labels[-1]))
    return Images(np.concatenate(images)[:count], np.concatenate(labels)[:count])
