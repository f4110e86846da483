"""Large blocks are reused: the system hands out fewer pages, counted in a process of its own."""

import subprocess
import sys

import pytest

COUNT = """
import resource, sys
import numpy as np
from ganforge.engine.memory import keep_freed_memory
if sys.argv[1] == "kept" and not keep_freed_memory():
    print("unsupported")
    sys.exit()
np.ones(1 << 23)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    np.ones(1 << 23)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages(mode: str) -> int:
    """The pages that ten arrays of 64 MiB, one after another, are given."""
    found = subprocess.run([sys.executable, "-c", COUNT, mode], capture_output=True, text=True, check=True)
    if found.stdout.strip() == "unsupported":
        pytest.skip("this C library has no such setting")
    return int(found.stdout)


def test_freed_blocks_are_reused():
    assert pages("kept") < pages("returned") / 5
