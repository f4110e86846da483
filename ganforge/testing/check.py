"""Checks: the mistake that each finds, why it matters, how to fix it, and the result of running one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ganforge.errors import UsageError
from ganforge.testing.example import require_callable
from ganforge.testing.flaw import Inapplicable, describe_error
from ganforge.testing.subject import AnySubject, Subject, nearest_or_all
from ganforge.testing.surroundings import kept

NETWORKS = ("encoder", "generator", "discriminator")
LOSSES = ("loss", "distance")
# Components that compute tensors from tensors.
TENSORS = (*NETWORKS, "augmentation", "method", *LOSSES)
NOT_DATASETS = (*TENSORS, "metric", "optimizer", "scheduler")
ALL = ("dataset", *NOT_DATASETS)

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Check:
    """One possible mistake in components of some kinds.

    Attributes:
        name: its name in tests and on the command line.
        kinds: the kinds of component that it looks at; `plugin` is a plugin as a whole.
        finds: the mistake, in a few words.
        why: why that matters, in one sentence.
        fix: how to fix it, in one sentence.
        calls: whether it is skipped for a component that cannot be called at all.
        run: looks at a subject; raises Flaw, or Inapplicable when there is nothing to look at.
    """

    name: str
    kinds: tuple[str, ...]
    finds: str
    why: str
    fix: str
    calls: bool
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
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, {self.check.name}: {self.what}"


def check(
    kinds: tuple[str, ...] | str, *, why: str, fix: str, calls: bool = True
) -> Callable[[Callable[[Any], None]], Check]:
    """Turn a function into a Check named after it: underscores become hyphens, a trailing underscore is dropped.

    Its docstring says what the check finds, such as `Find inputs that are changed in place.`
    """

    def declare(run: Callable[[Any], None]) -> Check:
        name = run.__name__.rstrip("_").replace("_", "-")
        finds = " ".join((run.__doc__ or "").split()).removeprefix("Find ").removesuffix(".")
        return Check(name, (kinds,) if isinstance(kinds, str) else kinds, finds, why, fix, calls, run)

    return declare


def check_named(name: str, checks: Iterable[Check]) -> Check:
    """Return the check of a name; raise UsageError if there is none."""
    known = {check.name: check for check in checks}
    if name not in known:
        raise UsageError(f"there is no check {name!r} here", fix=nearest_or_all(name, list(known)))
    return known[name]


def run_check(check: Check, subject: AnySubject) -> Result:
    """Run a check, and restore global settings and generators afterwards."""
    outcome: Outcome = "passed"
    what = fix = ""
    with kept():
        try:
            if check.calls and isinstance(subject, Subject):
                require_callable(subject)
            check.run(subject)
        except Inapplicable as reason:
            outcome, what = "skipped", str(reason)
        except Exception as error:
            outcome, what, fix = "failed", describe_error(error), getattr(error, "fix", None) or check.fix
    return Result(check, subject.kind, subject.name, outcome, what, fix)
