"""The images of the batch of step n: a function of (seed, n) alone.

The stream is one permutation of the data after another; a batch may span two of them, so every image is drawn equally
often and no short batch ever occurs.
"""

from __future__ import annotations

import numpy as np

from ganforge.data.images import Array
from ganforge.seeding import derive


class Sampler:
    """Draws batches of indices.

    Args:
        count: number of images to draw from.
        batch_size: indices per batch; may exceed `count`.
        seed: seed of the permutations.
    """

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count = count
        self.batch_size = batch_size
        self.seed = seed
        self._permutations: dict[int, Array] = {}

    def indices(self, step: int) -> Array:
        """The batch of a step, int64 [batch_size]."""
        first = step * self.batch_size
        last = first + self.batch_size
        parts = []
        while first < last:
            epoch, offset = divmod(first, self.count)
            parts.append(self._permutation(epoch)[offset : offset + last - first])
            first += len(parts[-1])
        return np.concatenate(parts)

    def _permutation(self, epoch: int) -> Array:
        if epoch not in self._permutations:
            # A batch never needs more than the current and the next pass, unless it is larger than the data.
            for old in [old for old in self._permutations if old < epoch - 1]:
                del self._permutations[old]
            generator = np.random.Generator(np.random.Philox(derive(self.seed, "epoch", epoch)))
            self._permutations[epoch] = generator.permutation(self.count)
        return self._permutations[epoch]
