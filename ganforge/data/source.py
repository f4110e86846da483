"""A data role of a run: its images, and the batch of any step.

Images stay integers (memory-mapped on a CPU, resident on a GPU) until a batch is gathered, which is then augmented in
[0, 1] and normalised. Labels are gathered only on request.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganforge.data.images import Array
from ganforge.data.sampler import Sampler
from ganforge.data.transform import Normalization, to_pictures, to_unit
from ganforge.image_size import as_size
from ganforge.marks import marks_of
from ganforge.method import DataFacts
from ganforge.seeding import derive, generator_on

Augmentation = Callable[[Tensor, torch.Generator], Tensor]


def even_blocks(count: int, size: int) -> list[slice]:
    """Split `count` rows into blocks of at most `size`, as even as possible."""
    blocks = max(1, -(-count // size))
    edges = [count * index // blocks for index in range(blocks + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


@dataclass(frozen=True)
class ImageSet:
    """Images with their normalisation.

    Attributes:
        name: the data role, or the name of the test set.
        images: uint8 or uint16 [N, H, W, C], in their final size and channels.
        labels: int64 [N], or None.
        classes: number of label values, or None.
        normalization: map from [0, 1] to the networks' range.
        digest: digest of the images and labels as decoded.
        class_names: names of the classes by label; None if they are their numbers.
    """

    name: str
    images: Array
    labels: Array | None
    classes: int | None
    normalization: Normalization
    digest: str
    class_names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def facts(self) -> DataFacts:
        """Size, channels and classes."""
        size, channels = as_size(*self.images.shape[1:3]), self.images.shape[3]
        return DataFacts(size, channels, self.classes, self.class_names)

    def blocks(self, size: int) -> list[slice]:
        """Split the set evenly into blocks of at most `size` images: a small rest would have odd batch statistics."""
        return even_blocks(len(self), size)

    def slice(self, start: int, stop: int, name: str) -> ImageSet:
        """Return a contiguous block, under another name."""
        labels = None if self.labels is None else self.labels[start:stop]
        return replace(self, name=name, images=self.images[start:stop], labels=labels)

    def tensor(self, indices: Any, device: torch.device | None = None) -> Tensor:
        """Return normalised images without augmentation, float32 [n, C, H, W]; `indices` as for an array."""
        part = torch.from_numpy(np.array(self.images[indices]))
        return self.normalization.apply(to_unit(part.to(device or "cpu")))

    def pictures(self, images: Tensor) -> Array:
        """Convert images in the networks' range to uint8 [n, H, W, C]."""
        return to_pictures(self.normalization.invert(images.detach().float()))


class Batches:
    """The batches of a data role.

    Args:
        images: the images to draw from.
        batch_size: images per batch.
        seed: the recipe's seed.
        device: the device of the batches; on a GPU the whole set is copied there once.
        dtype: dtype of the batches.
        augment: augmentations, in order.
        leader: the batches of the images that these are paired with: the same indices are drawn, and the leader's
            geometric augmentations are applied identically here, before any other augmentation.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        augment: Sequence[Augmentation] = (),
        leader: Batches | None = None,
    ) -> None:
        self.set = images
        self._seed = seed
        self._device = device
        self._dtype = dtype
        # Each with the role and position that seed its random numbers.
        own = [(function, images.name, position) for position, function in enumerate(augment)]
        shared = [change for change in leader._changes if marks_of(change[0]).geometric] if leader else []
        self._changes: list[tuple[Augmentation, str, int]] = shared + own
        sampler = Sampler(len(images), batch_size, derive(seed, "batches", images.name))
        self._sampler: Sampler = leader._sampler if leader else sampler
        self._drawn: tuple[int, Array, Tensor] | None = None

    @property
    def augmented(self) -> bool:
        """True if an image differs each time it is drawn."""
        return bool(self._changes)

    def indices(self, step: int) -> Array:
        """Return the indices of the batch of a step, int64 [batch_size]."""
        return self._draw(step)[0]

    def drawn_in(self, batches: int) -> Array | None:
        """Return the indices in the first batches, int64 in ascending order; None if these are all there are."""
        return self._sampler.drawn_in(batches)

    def images(self, step: int) -> Tensor:
        """Return the images of the batch of a step, in the networks' range, [batch_size, C, H, W]."""
        indices, there = self._draw(step)
        if self._device.type == "cpu":
            part = torch.from_numpy(np.asarray(self.set.images[indices]))
        else:
            part = self._resident[there]
        unit = to_unit(part)
        for augmentation, role, position in self._changes:
            generator = generator_on(self._device).manual_seed(derive(self._seed, "augment", role, position, step))
            unit = augmentation(unit, generator)
        return self.set.normalization.apply(unit).to(self._dtype)

    def labels(self, step: int) -> Tensor:
        """Return the labels of the batch of a step, int64 [batch_size]."""
        assert self.set.labels is not None  # the engine refuses such a recipe beforehand
        if self._device.type == "cpu":
            return torch.from_numpy(np.asarray(self.set.labels[self.indices(step)]))
        return self._resident_labels[self.places(step)]

    def places(self, step: int) -> Tensor:
        """Return the indices of the batch of a step on the device, int64 [batch_size]."""
        return self._draw(step)[1]

    def _draw(self, step: int) -> tuple[Array, Tensor]:
        """Return the indices of a step, in main memory and on the device."""
        if self._drawn is None or self._drawn[0] != step:
            indices = self._sampler.indices(step)
            self._drawn = (step, indices, torch.from_numpy(indices).to(self._device, non_blocking=True))
        return self._drawn[1:]

    @cached_property
    def _resident(self) -> Tensor:
        """The images on the device, copied there on first use, since a run may use only their codes."""
        return torch.from_numpy(np.array(self.set.images)).to(self._device)

    @cached_property
    def _resident_labels(self) -> Tensor:
        """The labels on the device."""
        return torch.from_numpy(np.array(self.set.labels)).to(self._device)
