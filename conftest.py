"""How all suites run: one thread a process, and examples that hypothesis draws anew each time, but not in CI.

The suites run as several processes (`-n` of pytest-xdist); more threads than cores would only slow each other down.
"""

from __future__ import annotations

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's business; what a change may land with is not luck's.
settings.register_profile("ganforge", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ganforge")
