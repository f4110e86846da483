"""One seed in a recipe, many independent streams: each purpose gets a number of its own.

Nothing draws from a generator that lives on from step to step, so no generator's state has to be saved: what step n
draws is a function of (seed, purpose, n), and a resumed run continues to the same bits.
"""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """A seed of 63 bits for one purpose, such as `derive(seed, "batches", "source", epoch)`."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
