"""The plan of a run: loss terms, phases, monitors, states and metrics, and the quantities that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ganforge.marks import marks_of
from ganforge.meaning import Meaning, Meanings
from ganforge.method import Method
from ganforge.quantities.graph import Graph
from ganforge.quantities.metrics import Metric
from ganforge.quantities.states import KeptState
from ganforge.quantities.terms import Monitor, PhasePlan, Term
from ganforge.recipe.augmentation import Moment, Schedule
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Plan:
    """A planned recipe; made by `planner.make_plan`.

    Attributes:
        losses: the live loss components, by name.
        monitors: functions that are only logged, with the quantities that they need, by name.
        schedules: factors of the learning rate, by role.
        values: schedules of an optimizer's other numbers and of the decay `ema`, by role and name.
        states: by name; names of a loss's or an augmentation's states begin with that of their owner.
        augmentations: of the training images in order, by data role.
        moment: the current moment of the training; the stepper sets it, quantities and augmentations read it.
        metrics: by name.
        children: the plans of the recipes that this one builds on, by the key that names them; see `plan_all`.
    """

    recipe: Recipe
    method: Method
    graph: Graph
    losses: Mapping[str, Any]
    phases: tuple[PhasePlan, ...]
    monitors: Mapping[str, Monitor]
    schedules: Mapping[str, Schedule]
    values: Mapping[str, Mapping[str, Schedule]]
    states: Mapping[str, KeptState]
    augmentations: Mapping[str, tuple[Callable[..., Any], ...]]
    moment: Moment
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    children: Mapping[Key, Plan] = field(default_factory=dict)

    @property
    def terms(self) -> list[Term]:
        """The terms of all phases, in order; a term of several phases is repeated."""
        return [term for phase in self.phases for term in phase.terms]

    @property
    def trained(self) -> tuple[str, ...]:
        """The roles that phases update, in the method's order."""
        updated = {role for phase in self.phases for role in phase.table.roles}
        return tuple(role for role in self.recipe.method_class.networks if role in updated)

    @property
    def wanted(self) -> list[str]:
        """The quantities that terms, monitors and states need."""
        asked = [need for term in self.terms for need in term.needs]
        asked += [need for _, needs in self.monitors.values() for need in needs]
        asked += [need for state in self.states.values() for need in state.needs]
        return list(dict.fromkeys(asked))

    @property
    def statistics(self) -> frozenset[str]:
        """The statistics over the training images that terms, the output or metrics are computed from."""
        needs = [need for metric in self.metrics.values() for need in metric.needs]
        return self.graph.statistics_of([*self.wanted, self.recipe.method_class.output, *needs])

    def due(self, step: int) -> dict[str, Monitor]:
        """Return the states that change in a step, with their needs; those of a lazy loss only when it is computed."""
        if not self.states:
            return {}
        acting = {term.loss for phase in self.phases if phase.acts(step) for term in phase.acting(step)}
        lazy = {name for name, part in self.recipe.losses.items() if part.table.interval > 1} - acting
        return {name: (state.function, state.needs) for name, state in self.states.items() if state.loss not in lazy}

    @property
    def gradient_givers(self) -> frozenset[str]:
        """The networks through which a loss reaches a network that makes the output."""
        makers = self.graph.roles(self.recipe.method_class.output)
        return frozenset().union(
            *(
                self.graph.readers(need, of=role)
                for phase in self.phases
                for role in makers.intersection(phase.table.roles)
                for term in phase.terms
                for need in term.needs
            )
        )

    @property
    def labels_used(self) -> list[str]:
        """The label quantities that reach a loss term or a state; empty when training is label-free."""
        needs = [need for term in self.terms for need in term.needs]
        needs += [need for state in self.states.values() for need in state.needs]
        sources = frozenset().union(*map(self.graph.sources, needs))
        used = {self.graph.trained_from.get(source, source) for source in sources}
        return [role.labels for role in self.recipe.method_class.data.values() if role.labels in used]

    @cached_property
    def meanings(self) -> Meanings:
        """The meanings of loss terms and monitors, by name."""
        found = {term.name: Meaning("loss") for term in self.terms}
        # The only monitor that is not declared by a loss compares the spread of outputs with that of real images.
        found |= {name: marks_of(function).monitor or Meaning("ratio") for name, (function, _) in self.monitors.items()}
        return Meanings(found)
