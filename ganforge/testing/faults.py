"""An exception as a finding tells it: its type, its first line, and the line of the component where it was raised."""

from __future__ import annotations

import traceback
from pathlib import Path

from ganforge.errors import GanforgeError

LONGEST = 300
# Where exceptions are raised on behalf of somebody else.
FOREIGN = ("site-packages", "dist-packages")


def told(error: BaseException) -> str:
    """`ValueError: negative size (acme/net.py:12)`; a message of ganforge's own as it is."""
    if isinstance(error, GanforgeError):
        return error.message
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
    place = _place(error)
    return f"{text[:LONGEST]}{f' ({place})' if place else ''}"


def refused(error: BaseException) -> bool:
    """Whether a component says in words why it cannot do something, rather than breaking over it."""
    if isinstance(error, GanforgeError):
        return not isinstance(error.__cause__, TypeError | RuntimeError)
    return isinstance(error, ValueError)


def _place(error: BaseException) -> str | None:
    """The innermost line that is neither a library's nor ganforge's."""
    own = Path(__file__).parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_file() and own not in path.parents and not any(part in FOREIGN for part in path.parts):
            return f"{path.parent.name}/{path.name}:{frame.lineno}"
    return None
