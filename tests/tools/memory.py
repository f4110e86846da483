"""Memory that a piece of code takes, measured in a process of its own: the peak that the system has seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

_SCRIPT = """
import json, pathlib, re, resource, sys
from ganforge.errors import GanforgeError

def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss begins with that of the parent.
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

{before}
start, message = peak(), ""
try:
{code}
except GanforgeError as error:
    message = str(error)
print(json.dumps([peak() - start, message]))
"""


class Spent(NamedTuple):
    """The growth of a process in MiB, and the message of the error that it ended with, empty if there was none."""

    mebibytes: float
    message: str


def spent(before: str, code: str, folder: Path, timeout: float = 120) -> Spent:
    """Run code in a folder, after code that is not measured: the imports.

    A process that is busy or waits for longer than `timeout` seconds fails the test.
    """
    script = _SCRIPT.format(before=before, code="".join(f"    {line}\n" for line in code.splitlines()))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr
    found: Any = json.loads(done.stdout.splitlines()[-1])
    return Spent(*found)
