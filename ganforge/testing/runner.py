"""One check on one subject, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganforge.testing.check import Check, Flaw, Inapplicable
from ganforge.testing.faults import told
from ganforge.testing.subject import Subject, WholePlugin
from ganforge.testing.surroundings import kept

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes:
        check: the check.
        kind: the subject's kind.
        name: its full name.
        outcome: whether it passed.
        what: what is wrong, or why there was nothing to look at.
        mend: what to do about it.
    """

    check: Check
    kind: str
    name: str
    outcome: Outcome
    what: str = ""
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, {self.check.name}: {self.what}"


def run_check(check: Check, subject: Subject | WholePlugin) -> Result:
    """Run a check; global settings and generators are as before, whatever the component does to them."""

    def result(outcome: Outcome, what: str = "", mend: str = "") -> Result:
        return Result(check, subject.kind, subject.name, outcome, what, mend)

    with kept():
        try:
            check.run(subject)
        except Inapplicable as error:
            return result("skipped", error.reason)
        except Flaw as flaw:
            return result("failed", flaw.what, flaw.mend or check.mend)
        except Exception as error:
            return result("failed", told(error), check.mend)
    return result("passed")
