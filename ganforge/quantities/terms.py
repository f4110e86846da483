"""The parts of a loss: terms, each updating one network, and monitors, which are only logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ganforge.marks import Marks, marked_members, marks_of
from ganforge.recipe.augmentation import Schedule
from ganforge.recipe.schema import PhaseTable


@dataclass(frozen=True)
class Term:
    """One loss term.

    Attributes:
        name: the loss's name in the recipe, and the term's own after a dot when it has several.
        function: computes it from `needs`.
        needs: names of the quantities, in the order of the parameters.
        updates: the role that phases minimising it update.
        weight: its factor.
        schedule: scales the weight, given (step, steps).
        interval: the term is computed in every so many steps of its phase, with as many times the weight.
    """

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    updates: str
    weight: float
    schedule: Schedule | None
    interval: int = 1

    @property
    def loss(self) -> str:
        """The loss that it belongs to."""
        return self.name.split(".")[0]

    def factor(self, step: int, steps: int) -> float:
        """The weight in force at a step at which the term is computed."""
        return self.weight * self.interval * (self.schedule(step, steps) if self.schedule else 1.0)


@dataclass(frozen=True)
class PhasePlan:
    """A phase with its terms."""

    name: str
    table: PhaseTable
    terms: tuple[Term, ...]

    def acting(self, step: int) -> list[Term]:
        """Return the terms that are computed in a step at which the phase acts: lazy ones every so many times."""
        first = -(-self.table.start // self.table.interval)
        times = step // self.table.interval - first
        return [term for term in self.terms if times % term.interval == 0]

    def acts(self, step: int) -> bool:
        """Return True if the phase is scheduled at this step."""
        table = self.table
        ended = table.stop is not None and step >= table.stop
        return step >= table.start and not ended and step % table.interval == 0


def terms_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """The terms by their own names, in the order of definition; a loss that is one function is its term `""`."""
    return _marked(loss, lambda marks: marks.updates is not None) or {"": loss}


def monitors_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """The monitors by their own names, in the order of definition."""
    return _marked(loss, lambda marks: marks.monitor is not None)


def updated_by(term: Callable[..., Any], main: str) -> str:
    """The role that phases minimising a term update; `main` where the term does not say."""
    return marks_of(term).updates or main


def _marked(loss: Any, chosen: Callable[[Marks], bool]) -> dict[str, Callable[..., Any]]:
    """Return the public functions of a loss with some marks by name; none of a loss that is one function."""
    if hasattr(loss, "func"):
        return {}
    members = {name: marks for name, _, marks in marked_members(type(loss)) if not name.startswith("_")}
    return {name: getattr(loss, name) for name, marks in members.items() if chosen(marks)}
