"""Inputs of a method while it is measured: images, and rows of every other leaf that outputs are made of.

Numbers are drawn on the CPU, so that they are the same whatever device they are wanted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ganforge.data.images import Array
from ganforge.data.source import ImageSet, even_blocks
from ganforge.method import Method


def draw(method: Method, name: str, count: int, seed: int) -> Tensor:
    """Draw `count` rows of a method's noise, [count, ...] on the CPU."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    drawn: Tensor = getattr(method, name)(count, generator)
    return drawn


@dataclass(frozen=True)
class Inputs:
    """Rows of every leaf that outputs are made of.

    Attributes:
        name: the image set, or the name of the draws.
        images: the images, or None where outputs are made of none.
        rows: the other leaves by name, [N, ...] on the CPU.
        labels: int64 [N], or None.
        classes: number of label values, or None.
    """

    name: str
    images: ImageSet | None
    rows: Mapping[str, Tensor]
    labels: Array | None = None
    classes: int | None = None

    def __len__(self) -> int:
        return len(self.images) if self.images is not None else len(next(iter(self.rows.values())))

    def blocks(self, size: int) -> list[slice]:
        """Split all rows into even blocks of at most `size`."""
        return even_blocks(len(self), size)
