"""The largest memory that this process has held so far."""

from __future__ import annotations

import sys


def peak_memory() -> dict[str, int]:
    """Bytes: `process` is the largest resident set, `gpu` the most that torch had allocated.

    The first is left out where the system does not tell, the second where no GPU is in use.
    """
    found: dict[str, int] = {}
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        unit = 1 if sys.platform == "darwin" else 1024
        found["process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        found["gpu"] = max(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
    return found
