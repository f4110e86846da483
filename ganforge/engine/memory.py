"""Memory of the CPU that is kept between steps: the C library's allocator, set to reuse large blocks.

A step of training frees and allocates the same large tensors as the step before. The allocator of glibc returns blocks
of more than 32 MiB to the system at once, and the system clears every page when it gives them out again, which takes
longer than many an operation on them.
"""

from __future__ import annotations

import ctypes
import sys

KEPT = 1 << 30
"""Bytes of a block, and of free memory at the heap's end, up to which the process keeps them."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The names of mallopt(3) for both limits."""


def keep_freed_memory() -> bool:
    """Have the process reuse freed blocks of up to 1 GiB, and return whether the allocator takes that.

    Only glibc on 64 bits does; other C libraries and systems are left as they are. Numbers do not change.
    """
    if not sys.platform.startswith("linux") or sys.maxsize < 1 << 32:
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(limit, KEPT) == 1 for limit in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
