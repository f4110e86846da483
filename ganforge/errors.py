"""Exceptions and warnings raised by ganforge.

A user's mistake never shows a traceback: for a `GanforgeError` the command line prints one message that says what is
wrong, where (`file:line` for a recipe) and how to fix it. Any other exception is a bug and keeps its traceback.

    GanforgeError
     ├─ RecipeError      mistakes in a recipe, all of them at once
     ├─ UsageError       a command that cannot be carried out
     ├─ PluginError      a plugin or component that cannot be loaded
     ├─ DataError        a data file that is missing or damaged
     ├─ ShapeError       components with shapes that do not match
     ├─ RunError         a run directory that cannot be used
     ├─ TrainingError    training that cannot continue
     └─ Interrupted      a signal asked the run to stop
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ganforge.printable import LONGEST_MESSAGE, printable


class GanforgeError(Exception):
    """An error with a message, a place and a fix.

    Args:
        message: the problem, in one sentence.
        where: the place, such as `recipe.toml:12`.
        fix: how to fix it, such as a command to type.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        return str(Problem("", self.message, self.where, self.fix))


@dataclass(frozen=True)
class Problem:
    """One mistake in a recipe: the dotted key, its place (None if no line holds it), the message and the fix."""

    key: str
    message: str
    where: str | None = None
    fix: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        # Names of files, keys and servers are part of all three, and end up on a terminal.
        shown = printable(head, LONGEST_MESSAGE, lines=True)
        return f"{shown}\n  fix: {printable(self.fix, LONGEST_MESSAGE, lines=True)}" if self.fix else shown


class RecipeError(GanforgeError):
    """A recipe with mistakes; `problems` holds all of them, in the order of their lines."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str, *, where: str | None = None, fix: str | None = None) -> None:
        self.problems = (Problem("", problems, where, fix),) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(GanforgeError):
    """A command that cannot be carried out as typed."""

    exit_code = 2


class PluginError(GanforgeError):
    """A plugin that cannot be loaded, or a component that cannot be found or imported."""

    exit_code = 2


class DataError(GanforgeError):
    """A data file that is missing, damaged or not what it claims to be."""


class ShapeError(GanforgeError):
    """Components with shapes that do not match, found before training starts."""

    exit_code = 2


class RunError(GanforgeError):
    """A run directory that cannot be used: locked, changed, damaged or not a run."""


class TrainingError(GanforgeError):
    """Training that cannot continue, such as a loss that is no longer finite."""


class Interrupted(GanforgeError):
    """A signal (SIGINT, SIGTERM) asked the run to stop; its progress is saved.

    Args:
        signal_number: the signal that was received; the exit code is 128 + its number.
    """

    def __init__(self, message: str, *, signal_number: int, fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


class GanforgeWarning(UserWarning):
    """Non-fatal issue worth the user's attention; formatted like a `Problem`."""


class RenamedWarning(GanforgeWarning):
    """A recipe uses a former name of a component or option."""


def command(*words: object) -> str:
    """Return a `ganforge` command to type, its words quoted for the shell."""
    return shlex.join(["ganforge", *map(str, words)])


@contextmanager
def os_errors_as(kind: type[GanforgeError], message: str, *, fix: str | None = None) -> Iterator[None]:
    """Raise an `OSError` of the block as a `kind` that says `message` and the system's reason."""
    try:
        yield
    except OSError as error:
        raise kind(f"{message}: {error.strerror or error}", fix=fix) from error
