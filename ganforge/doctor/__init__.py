"""Findings of `ganforge doctor`; each module beside this one looks at one kind of thing, and none imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

State: TypeAlias = Literal["ok", "warning", "error"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        name: name of the thing examined.
        state: `ok`; `warning`, which works and deserves a look; or `error`, which does not work.
        text: one line.
        fix: what to do, if anything.
        facts: the same for programs, as JSON values.
    """

    name: str
    state: State
    text: str
    fix: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
