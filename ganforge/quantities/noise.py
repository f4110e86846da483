"""Noise as the engine draws it: a function of a seed, and a set of draws in the place of a set of images.

Numbers are drawn on the CPU, so that they are the same whatever device they are wanted on.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganforge.data.source import even_blocks
from ganforge.method import Method
from ganforge.seeding import derive


def draw(method: Method, name: str, count: int, seed: int) -> Tensor:
    """So many rows of a method's noise, float32 [count, ...] on the CPU."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    drawn: Tensor = getattr(method, name)(count, generator)
    return drawn


class NoiseSet:
    """Noise that outputs are made of, drawn once: see `Inputs`.

    Args:
        name: what these draws are called where something is said of them.
        method: which draws them; its input is a noise.
        count: how many.
        seed: the recipe's.
    """

    labels = None
    classes = None

    def __init__(self, name: str, method: Method, count: int, seed: int) -> None:
        self.name = name
        self._drawn = draw(method, method.input, count, derive(seed, "measured noise", method.input, name))

    def __len__(self) -> int:
        return len(self._drawn)

    def blocks(self, size: int) -> list[slice]:
        """The whole set in blocks of at most `size` draws, evenly."""
        return even_blocks(len(self), size)

    def tensor(self, indices: Any, device: torch.device | None = None) -> Tensor:
        """Some of the draws, float32 [n, ...]."""
        return self._drawn[indices].to(device or "cpu")
