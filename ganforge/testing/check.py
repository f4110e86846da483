"""Checks: what one finds, why that matters, how to fix it, the function that looks, and the result of running it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from ganforge.errors import GanforgeError

NETWORKS = ("encoder", "generator", "discriminator")
LOSSES = ("loss", "distance")
# Components that compute tensors from tensors.
TENSORS = (*NETWORKS, "augmentation", "method", *LOSSES)
ALL = ("dataset", *TENSORS, "metric", "optimizer", "scheduler")
PLUGIN = "plugin"

LONGEST = 300
# Packages that raise exceptions on behalf of the component that calls them.
FOREIGN = {"ganforge", "torch", "torchvision", "numpy", "scipy", "pydantic"} | sys.stdlib_module_names

Outcome = Literal["passed", "failed", "skipped"]


class Checkable(Protocol):
    """A subject of checks: a component with options, or a plugin as a whole."""

    @property
    def kind(self) -> str:
        """The component's kind, or `plugin`."""

    @property
    def name(self) -> str:
        """The full name."""


class Flaw(Exception):
    """A check's finding.

    Args:
        what: the flaw, in one sentence.
        fix: how to fix it, where that is more to the point than the check's own advice.
    """

    def __init__(self, what: str, *, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Inapplicable(Exception):
    """A check has nothing to look at, such as the images of a dataset whose files are missing.

    Args:
        reason: in a few words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Check:
    """One possible mistake in components of some kinds.

    Attributes:
        name: its name in tests and on the command line.
        kinds: the kinds of component that it looks at; `plugin` is a plugin as a whole.
        finds: the mistake, in a few words.
        why: why that matters, in one sentence.
        fix: how to fix it, in one sentence.
        run: looks at a subject; raises Flaw, or Inapplicable when there is nothing to look at.
    """

    name: str
    kinds: tuple[str, ...]
    finds: str
    why: str
    fix: str
    run: Callable[[Any], None] = field(repr=False)


@dataclass(frozen=True)
class Result:
    """The result of a check of one subject.

    Attributes:
        check: the check.
        kind: the subject's kind.
        name: its full name.
        outcome: `passed`, `failed` or `skipped`.
        what: the flaw, or the reason for skipping.
        fix: how to fix the flaw.
    """

    check: Check
    kind: str
    name: str
    outcome: Outcome
    what: str = ""
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, {self.check.name}: {self.what}"


def check(kinds: tuple[str, ...] | str, *, why: str, fix: str) -> Callable[[Callable[[Any], None]], Check]:
    """Turn a function into a Check named after it: underscores become hyphens, a trailing underscore is dropped.

    Its docstring says what the check finds, such as `Find inputs that are changed in place.`
    """

    def declare(run: Callable[[Any], None]) -> Check:
        name = run.__name__.rstrip("_").replace("_", "-")
        finds = " ".join((run.__doc__ or "").split()).removeprefix("Find ").removesuffix(".")
        return Check(name, (kinds,) if isinstance(kinds, str) else kinds, finds, why, fix, run)

    return declare


def run_check(check: Check, subject: Checkable) -> Result:
    """Run a check; global settings and generators are restored afterwards."""
    from ganforge.testing.surroundings import kept

    def result(outcome: Outcome, what: str = "", fix: str = "") -> Result:
        return Result(check, subject.kind, subject.name, outcome, what, fix)

    with kept():
        try:
            check.run(subject)
        except Inapplicable as error:
            return result("skipped", error.reason)
        except Flaw as flaw:
            return result("failed", flaw.what, flaw.fix or check.fix)
        except Exception as error:
            return result("failed", describe_error(error), check.fix)
    return result("passed")


def describe_error(error: BaseException) -> str:
    """Return `ValueError: negative size (acme/net.py:12)`; the message alone of ganforge's own errors."""
    if isinstance(error, GanforgeError):
        return error.message
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
    place = _place(error)
    return f"{text[:LONGEST]}{f' ({place})' if place else ''}"


def is_refusal(error: BaseException) -> bool:
    """Return whether a component rejects something with an explicit error, rather than failing on it.

    A ValueError raised while it is built is such an error: the engine turns it into one of its own.
    """
    return isinstance(error, GanforgeError) and not isinstance(error.__cause__, TypeError | RuntimeError)


def _place(error: BaseException) -> str | None:
    """Return the innermost line that belongs neither to a library nor to ganforge."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in FOREIGN:
            path = Path(frame.f_code.co_filename)
            return f"{path.parent.name}/{path.name}:{line}"
    return None
