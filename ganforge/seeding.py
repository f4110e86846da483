"""Independent random streams derived from the one seed of a recipe.

The draws of step n are a function of (seed, purpose, n), so a resumed run continues to the same bits without any saved
generator state.
"""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """Derive a 63-bit seed for one purpose, such as `derive(seed, "batches", "source", epoch)`."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
