"""Every error that ganforge raises on purpose, and its warnings.

A user's mistake never shows a traceback: the command line prints one message for a `GanforgeError`, which says what
is wrong, where (`file:line` for a recipe) and what to do. Anything else that escapes is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GanforgeError(Exception):
    """What is wrong, where, and what to do about it.

    Args:
        message: what is wrong, in one sentence.
        where: the place, such as `recipe.toml:12`.
        fix: what to do about it, such as a command to type.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  fix: {self.fix}" if self.fix else head


@dataclass(frozen=True)
class Problem:
    """One mistake in a recipe: the dotted key, its line (None when no line holds it), what is wrong, what to do."""

    key: str
    message: str
    where: str | None = None
    fix: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  fix: {self.fix}" if self.fix else head


class RecipeError(GanforgeError):
    """A recipe with mistakes; `problems` holds all of them, in the order of their lines."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str, *, where: str | None = None, fix: str | None = None) -> None:
        if isinstance(problems, str):
            problems = [Problem(key="", message=problems, where=where, fix=fix)]
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(GanforgeError):
    """A command typed in a way that cannot be carried out."""

    exit_code = 2


class PluginError(GanforgeError):
    """A plugin that cannot be loaded, or a component that cannot be found or imported."""

    exit_code = 2


class DataError(GanforgeError):
    """A data file that is missing, damaged or not what it claims to be."""


class ShapeError(GanforgeError):
    """Two components whose shapes do not fit, found before training starts."""

    exit_code = 2


class RunError(GanforgeError):
    """A run directory that cannot be used: locked, changed, damaged or not a run."""


class TrainingError(GanforgeError):
    """Training that cannot go on, such as a loss that is no longer finite."""


class Interrupted(GanforgeError):
    """The user or the system asked the run to stop (SIGINT, SIGTERM); what was reached is saved.

    Args:
        signal_number: the signal that was received; the exit code is 128 + its number.
    """

    def __init__(self, message: str, *, signal_number: int, fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


class GanforgeWarning(UserWarning):
    """What works and should be looked at all the same; its text is like a `Problem`'s."""


class RenamedWarning(GanforgeWarning):
    """A recipe calls something by a name that it had formerly."""
