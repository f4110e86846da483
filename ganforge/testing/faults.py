"""An exception as a finding tells it: its type, its first line, and the line of the component where it was raised."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from ganforge.errors import GanforgeError

LONGEST = 300
# Packages in which exceptions are raised on behalf of somebody else.
FOREIGN = {"ganforge", "torch", "torchvision", "numpy", "scipy", "pydantic"} | sys.stdlib_module_names


def told(error: BaseException) -> str:
    """`ValueError: negative size (acme/net.py:12)`; a message of ganforge's own as it is."""
    if isinstance(error, GanforgeError):
        return error.message
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
    place = _place(error)
    return f"{text[:LONGEST]}{f' ({place})' if place else ''}"


def refused(error: BaseException) -> bool:
    """Whether a component says in words why it cannot do something, rather than breaking over it.

    While it is built, a ValueError is one way to say so, which the engine passes on as an error of its own.
    """
    return isinstance(error, GanforgeError) and not isinstance(error.__cause__, TypeError | RuntimeError)


def _place(error: BaseException) -> str | None:
    """The innermost line that is neither a library's nor ganforge's own."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in FOREIGN:
            path = Path(frame.f_code.co_filename)
            return f"{path.parent.name}/{path.name}:{line}"
    return None
