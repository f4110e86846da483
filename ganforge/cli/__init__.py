"""The command line: one verb per module, one message per mistake."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from io import TextIOWrapper
from typing import Any


def main() -> None:
    """Run the command line; a user's mistake ends with its message and exit code, never with a traceback."""
    from ganforge.cli.app import app
    from ganforge.cli.completion import VARIABLE, rejoin
    from ganforge.errors import GanforgeError, GanforgeWarning, RecipeError

    if VARIABLE in os.environ:
        rejoin()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Unicode gets escapes, not an error
    try:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _told(warnings.showwarning)
                app()
        finally:
            sys.stdout.flush()
    except RecipeError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        sys.exit(error.exit_code)
    except GanforgeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except GanforgeWarning as warning:  # Python was told to take warnings for errors
        print(f"error: {warning}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has gone (`ganforge list | head`); there is nobody left to tell.
        _mute()
        sys.exit(1)
    except OSError as error:
        if error.errno is None:
            raise
        # A full disk, a folder without permission: nothing that a traceback would help with.
        print(f"error: {error.strerror}{f': {error.filename}' if error.filename else ''}", file=sys.stderr)
        _mute()
        sys.exit(1)


def _told(show: Any) -> Any:
    """Our own warnings as a user reads errors; any other as Python would show it."""
    from ganforge.errors import GanforgeWarning

    def told(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if issubclass(category, GanforgeWarning):
            print(f"warning: {message}", file=sys.stderr)
        else:
            show(message, category, *place)

    return told


def _mute() -> None:
    """Send what is left of our output nowhere, or the interpreter would try, and fail, to write it at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
