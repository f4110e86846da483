"""The command line: verbs in modules of their own, one message per mistake."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from io import TextIOWrapper
from typing import Any


def main() -> None:
    """Run the command line; a user's mistake, or a signal, ends with a message and an exit code, not a traceback."""
    from ganforge.errors import GanforgeError, GanforgeWarning
    from ganforge.printable import LONGEST_MESSAGE, printable
    from ganforge.training.signals import stop_request

    _open_closed_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Unicode gets escapes, not an error
    show = warnings.showwarning

    def print_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, GanforgeWarning):
            print(f"warning: {printable(message, LONGEST_MESSAGE, lines=True)}", file=sys.stderr)
        else:
            show(message, category, *place, **more)

    try:
        try:
            with stop_request(), warnings.catch_warnings():
                from ganforge.cli.app import app
                from ganforge.cli.completion import VARIABLE, rejoin

                if VARIABLE in os.environ:
                    rejoin()
                warnings.showwarning = print_warning
                try:
                    app()
                except SystemExit as ended:
                    raise _reason(ended) from None
        finally:
            sys.stdout.flush()
    except (GanforgeError, GanforgeWarning) as error:  # Python can be set to raise warnings
        for problem in getattr(error, "problems", [error]):
            print(f"error: {problem}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    except BrokenPipeError:  # the reader of the output has seen enough (`ganforge list | head`)
        _mute()
        sys.exit(0)
    except OSError as error:  # a full disk, a folder without permission: a traceback would not help
        if error.errno is None:
            raise
        print(f"error: {error.strerror}{f': {printable(error.filename)}' if error.filename else ''}", file=sys.stderr)
        _mute()
        sys.exit(1)


def _reason(ended: SystemExit) -> BaseException:
    """Return the signal, or the output closed by its reader, of which typer has made an exit; else the exit."""
    from ganforge.training.signals import signal_of

    cause = ended.__context__
    if isinstance(cause, BrokenPipeError):
        return cause
    while ended.code == 130 and cause is not None:
        if signal_of(cause) is not None:
            return cause
        cause = cause.__context__
    return ended


def _open_closed_streams() -> None:
    """Send what has nowhere to go to the null device, as after `ganforge run ... >&-`.

    Otherwise the next files that are opened would take the numbers of the closed streams, and receive their text.
    """
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        descriptor = os.open(os.devnull, os.O_RDWR)
        while descriptor < 3:
            descriptor = os.dup(descriptor)
        os.close(descriptor)
        for name, number in (("stdout", 1), ("stderr", 2)):
            if getattr(sys, name) is None:
                setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def _mute() -> None:
    """Discard the rest of the output, which the interpreter would try, and fail, to write at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
