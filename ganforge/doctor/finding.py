"""What an examination finds: a name, how it is, a line on it, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, get_args

State: TypeAlias = Literal["ok", "warning", "error"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        name: of what was looked at.
        state: `ok`; `warning`, which works and should be looked at; or `error`, which does not work.
        text: one line.
        fix: what to do, if there is something to be done.
        facts: the same for programs, as JSON values.
    """

    name: str
    state: State
    text: str
    fix: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """Findings of one kind."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Examination:
    """All that was found."""

    sections: tuple[Section, ...]

    def count(self, state: State) -> int:
        """How many findings are in this state."""
        return sum(finding.state == state for section in self.sections for finding in section.findings)

    @property
    def is_usable(self) -> bool:
        """Whether nothing is broken."""
        return not self.count("error")

    def as_data(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {"usable": self.is_usable, "sections": [asdict(section) for section in self.sections]}
