"""Batch sampling: the image indices of the batch of step n are a function of (seed, n) alone.

The stream is one permutation of the data after another; a batch may span two of them, so every image is drawn equally
often and no batch is short.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ganforge.data.images import Array
from ganforge.seeding import derive


class Sampler:
    """A deterministic stream of batches of indices.

    Args:
        count: number of images to draw from.
        batch_size: indices per batch; may exceed `count`.
        seed: seed of the permutations.
    """

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count = count
        self.batch_size = batch_size
        self.seed = seed
        # A batch spans at most the current and the next permutation, unless it is larger than the data.
        self._permutation = lru_cache(maxsize=2)(self._draw_permutation)

    def indices(self, step: int) -> Array:
        """Return the batch of a step, int64 [batch_size]."""
        first = step * self.batch_size
        last = first + self.batch_size
        parts = []
        while first < last:
            epoch, offset = divmod(first, self.count)
            parts.append(self._permutation(epoch)[offset : offset + last - first])
            first += len(parts[-1])
        return np.concatenate(parts)

    def drawn_in(self, batches: int) -> Array | None:
        """Return the indices in the first batches, int64 in ascending order; None if these are all there are."""
        drawn = batches * self.batch_size
        return None if drawn >= self.count else np.sort(self._permutation(0)[:drawn])

    def _draw_permutation(self, epoch: int) -> Array:
        return np.random.Generator(np.random.Philox(derive(self.seed, "epoch", epoch))).permutation(self.count)
