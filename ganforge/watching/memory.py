"""The peak memory of this process."""

from __future__ import annotations

import sys
from contextlib import suppress


def peak_memory() -> dict[str, int]:
    """Return bytes by kind: `process`, the peak resident set (not on Windows), and `gpu`, if torch uses one."""
    found: dict[str, int] = {}
    with suppress(ImportError):  # Windows has no such module
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        found["process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        found["gpu"] = max(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
    return found
