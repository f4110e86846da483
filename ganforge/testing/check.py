"""What a check is: a name, what it finds, why that matters, how to mend it, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

NETWORKS = ("encoder", "generator", "discriminator")
LOSSES = ("loss", "distance")
# Components that compute tensors from tensors.
TENSORS = (*NETWORKS, "augmentation", "method", *LOSSES)
ALL = ("dataset", *TENSORS, "metric", "optimizer", "scheduler")
PLUGIN = "plugin"


class Flaw(Exception):
    """What a check found wrong with a component.

    Args:
        what: in one sentence.
        mend: what to do about it, where that is more to the point than the check's own advice.
    """

    def __init__(self, what: str, *, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class Inapplicable(Exception):
    """A check has nothing to look at, such as the images of a dataset whose files are not there.

    Args:
        reason: in a few words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Check:
    """One thing that may be wrong with components of some kinds.

    Attributes:
        name: as tests and the command line call it.
        kinds: the kinds of component that it looks at; `plugin` is a plugin as a whole.
        finds: what is wrong where it fails, in a few words.
        why: why that matters, in one sentence.
        mend: what to do about it, in one sentence.
        run: looks at a subject; raises Flaw, or Inapplicable where there is nothing to look at.
    """

    name: str
    kinds: tuple[str, ...]
    finds: str
    why: str
    mend: str
    run: Callable[[Any], None] = field(repr=False)


def check(kinds: tuple[str, ...] | str, *, finds: str, why: str, mend: str) -> Callable[[Callable[[Any], None]], Check]:
    """Make a check of a function; it is called like the function, with hyphens, and without a last underscore."""

    def declare(run: Callable[[Any], None]) -> Check:
        name = run.__name__.rstrip("_").replace("_", "-")
        return Check(name, (kinds,) if isinstance(kinds, str) else kinds, finds, why, mend, run)

    return declare
