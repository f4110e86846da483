"""Findings of checks, and exceptions of components in a few words."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from ganforge.errors import GanforgeError

LONGEST = 300
# Packages that raise exceptions on behalf of the component that calls them.
FOREIGN = {"ganforge", "torch", "torchvision", "numpy", "scipy", "pydantic"} | sys.stdlib_module_names


class Flaw(GanforgeError):
    """A check's finding in one sentence; `fix` replaces the check's own advice where it is more to the point."""


class Inapplicable(Exception):
    """The reason, in a few words, why a check has nothing to look at, such as a dataset's missing files."""


def describe_error(error: BaseException) -> str:
    """Return `ValueError: negative size (acme/net.py:12)`, or the message alone of ganforge's own errors.

    The line is the innermost one that belongs neither to a library nor to ganforge.
    """
    if isinstance(error, GanforgeError):
        return error.message
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = ": ".join([type(error).__name__, *lines[:1]])[:LONGEST]
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in FOREIGN:
            path = Path(frame.f_code.co_filename)
            return f"{text} ({path.parent.name}/{path.name}:{line})"
    return text


def is_refusal(error: BaseException) -> bool:
    """Return whether a component rejects something with an explicit error, rather than failing on it.

    A ValueError raised while it is built is such an error: the engine turns it into one of its own.
    """
    explicit = isinstance(error, GanforgeError) and not isinstance(error, Flaw)
    return explicit and not isinstance(error.__cause__, TypeError | RuntimeError)
