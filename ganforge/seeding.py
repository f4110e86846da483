"""Independent random streams derived from the one seed of a recipe.

The draws of step n are a function of (seed, purpose, n), so a resumed run continues to the same bits without any saved
generator state.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def derive(seed: int, *purpose: str | int) -> int:
    """Derive a 63-bit seed for one purpose, such as `derive(seed, "batches", "source", epoch)`."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator_on(device: torch.device) -> torch.Generator:
    """Return a new generator of a device: of numbers that need no copy to it."""
    import torch

    return torch.Generator("cpu" if device.type == "meta" else device)


def default_generator_of(device: torch.device) -> torch.Generator:
    """Return the generator that torch seeds by `manual_seed` and draws from where none is given."""
    import torch

    if device.type == "cuda":
        return torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]
    return torch.default_generator
