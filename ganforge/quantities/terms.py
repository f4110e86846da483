"""Terms of losses, each updating one network; phases of terms; and monitors, which are only logged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganforge.marks import Marks, marked_members, marks_of
from ganforge.method import Method
from ganforge.quantities.graph import Graph
from ganforge.recipe.augmentation import Schedule
from ganforge.recipe.schema import PhaseTable

if TYPE_CHECKING:
    from torch import Tensor

Monitor = tuple[Callable[..., Any], tuple[str, ...]]


@dataclass(frozen=True)
class Term:
    """One loss term.

    Attributes:
        name: the loss's name in the recipe, and after a dot the term's own if the loss has several.
        function: computes it from `needs`.
        needs: names of quantities, in the order of the parameters.
        updates: the role that phases minimising it update.
        weight: its factor.
        schedule: scales the weight, given (step, steps).
        interval: period in steps of its phase; the weight is multiplied by it.
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
        """Return the weight in a step in which the term is computed."""
        return self.weight * self.interval * (self.schedule(step, steps) if self.schedule else 1.0)


@dataclass(frozen=True)
class PhasePlan:
    """A phase with its terms."""

    name: str
    table: PhaseTable
    terms: tuple[Term, ...]

    def acting(self, step: int) -> list[Term]:
        """Return the terms to compute in a step in which the phase acts."""
        first = -(-self.table.start // self.table.interval)
        times = step // self.table.interval - first
        return [term for term in self.terms if times % term.interval == 0]

    def acts(self, step: int) -> bool:
        """Return True if the phase is scheduled at this step."""
        table = self.table
        ended = table.stop is not None and step >= table.stop
        return step >= table.start and not ended and step % table.interval == 0


def terms_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """Return the terms by their own names, in the order of definition; a loss that is a function is its term `""`."""
    return _marked(loss, lambda marks: marks.updates is not None) or {"": loss}


def monitors_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """Return the monitors by their own names, in the order of definition."""
    return _marked(loss, lambda marks: marks.monitor is not None)


def updated_by(term: Callable[..., Any], main: str) -> str:
    """Return the role that phases minimising a term update; `main` unless the term names one."""
    return marks_of(term).updates or main


def _marked(loss: Any, chosen: Callable[[Marks], bool]) -> dict[str, Callable[..., Any]]:
    """Return the public functions of a loss with certain marks by name; none for a loss that is a function."""
    if hasattr(loss, "func"):
        return {}
    members = {name: marks for name, _, marks in marked_members(type(loss)) if not name.startswith("_")}
    return {name: getattr(loss, name) for name, marks in members.items() if chosen(marks)}


def diversity(outputs: Tensor, real: Tensor) -> Tensor:
    """Return the spread of outputs [N, ...] relative to that of real images [M, ...]: 0 if all outputs are the same.

    The ratio of the root mean square distances between two images of a batch, which follow from its variances.
    """
    between = outputs.var(0, unbiased=False).sum()
    return (between / real.var(0, unbiased=False).sum().clamp_min(1e-12)).sqrt()


def diversity_name(method: type[Method]) -> str:
    """Return the name of the monitor `diversity`."""
    return f"{method.output}.diversity"


def diversity_monitors(method: type[Method], graph: Graph, asked: Iterable[str]) -> dict[str, Monitor]:
    """Return the monitor `diversity` by name, if the quantities asked for depend on outputs and real images anyway."""
    real, asked = method.pictures_like, list(asked)
    if real is None or not all(any(graph.depends(name, of) for name in asked) for of in (method.output, real)):
        return {}
    return {diversity_name(method): (diversity, (method.output, real))}
