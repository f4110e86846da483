"""The plan of a run, made before anything is loaded: loss terms, phases, and the quantities they need."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ganforge.errors import GanforgeError, Problem, RecipeError
from ganforge.method import PROGRESS, Method
from ganforge.plugins import positional
from ganforge.plugins.component import is_packaged
from ganforge.quantities.diversity import diversity_monitors
from ganforge.quantities.graph import Graph
from ganforge.quantities.metrics import HEADED, Metric, MetricPlanner, headless, taught_judges
from ganforge.quantities.states import KeptState, own_names, states_of, with_asked
from ganforge.quantities.terms import PhasePlan, Term, monitors_of, terms_of, updated_by
from ganforge.recipe.augmentation import Moment, Schedule, out_of_range
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Key
from ganforge.recipe.recipe import CheckedTable, ChosenComponent, Recipe
from ganforge.recipe.schema import LossTable, PhaseTable
from ganforge.suggest import suggest

Monitor = tuple[Callable[..., Any], tuple[str, ...]]


@dataclass(frozen=True)
class Plan:
    """A recipe worked out.

    Attributes:
        children: the plans of the recipes that it builds on, by the key that names them; filled in by `plan_all`.
        monitors: functions that only watch, with the quantities that they need, by name.
        schedules: factors of the learning rate, by role.
        values: values of an optimizer's other numbers and of the decay `ema`, by role and name.
        states: by name; those of a loss or an augmentation have its own before theirs.
        augmentations: of the training images, by data role, in order.
        moment: of the training, which whoever performs a step sets; quantities and augmentations go by it.
        metrics: what is measured, by name.
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
    def trained(self) -> tuple[str, ...]:
        """The roles that some phase updates, in the method's order."""
        updated = {role for phase in self.phases for role in phase.table.roles}
        return tuple(role for role in self.recipe.method_class.networks if role in updated)

    @property
    def wanted(self) -> list[str]:
        """The quantities that the terms, monitors and states ask for."""
        asked = [need for phase in self.phases for term in phase.terms for need in term.needs]
        asked += [need for _, needs in self.monitors.values() for need in needs]
        asked += [need for state in self.states.values() for need in state.needs]
        return list(dict.fromkeys(asked))

    def due(self, step: int) -> dict[str, Monitor]:
        """Return the states that change in a step, with what they need: those of a lazy loss only where it acts."""
        if not self.states:
            return {}
        acting = {term.loss for phase in self.phases if phase.acts(step) for term in phase.acting(step)}
        lazy = {name for name, part in self.recipe.losses.items() if part.table.interval > 1} - acting
        return {name: (state.function, state.needs) for name, state in self.states.items() if state.loss not in lazy}

    @property
    def gradient_givers(self) -> frozenset[str]:
        """The networks through which a loss reaches a network that makes the output: what they say of it, it learnt."""
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
        """The label quantities that reach some loss term; empty when training is label-free."""
        needs = {need for phase in self.phases for term in phase.terms for need in term.needs}
        needs |= {need for state in self.states.values() for need in state.needs}
        sources = frozenset().union(*map(self.graph.sources, needs))
        used = {self.graph.trained_from.get(source, source) for source in sources}
        return [role.labels for role in self.recipe.method_class.data.values() if role.labels in used]


def make_plan(recipe: Recipe) -> Plan:
    """Work out a recipe.

    Raises:
        RecipeError: a loss asks for a quantity that the method does not have, a phase names a term that does not
            exist or that its network has no part in, a term belongs to no phase, a network to no phase, or a judge
            took part in training; all of them at once.
    """
    return _Planner(recipe).plan()


def plan_all(recipe: Recipe, *, check_files: bool = True) -> Plan:
    """Plan a recipe and all that it builds on, once: a run takes the plans of its children from here.

    Args:
        recipe: the checked recipe.
        check_files: report missing files of weights; a finished run does without them.

    Raises:
        RecipeError: every problem found in any of the recipes.
    """
    problems: list[Problem] = []

    def visit(recipe: Recipe) -> Plan | None:
        children = {key: visit(child) for key, child in recipe.children.items()}
        problems.extend(_missing_files(recipe) if check_files else [])
        try:
            plan = make_plan(recipe)
        except RecipeError as error:
            problems.extend(error.problems)
            return None
        return replace(plan, children={key: child for key, child in children.items() if child})

    plan = visit(recipe)
    if plan is None or problems:
        raise RecipeError(list(dict.fromkeys(problems)))
    return plan


def _missing_files(recipe: Recipe) -> Iterator[Problem]:
    for table, file in recipe.weight_files().items():
        if not os.path.isfile(file.path):
            key = (*table, "weights", "file")
            fix = f"paths are relative to {recipe.document.path}"
            if is_packaged(file.name):
                fix = f"install the package {file.name.partition(':')[0]!r}, in a version that has this file"
            yield Problem(".".join(key), f"there is no file {str(file.path)!r}", recipe.document.where(key), fix)


class _Planner:
    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.problems: list[Problem] = []
        self.moment = Moment(recipe.train.steps)
        self.method: Method = build_component(recipe.method, {}, recipe.document, self.moment)
        self.graph = Graph(recipe.method_class, recipe.networks, recipe.data)
        self.removed = {name for name, part in recipe.losses.items() if part.table.weight == 0}

    def plan(self) -> Plan:
        losses: dict[str, Any] = {}
        terms: list[Term] = []
        monitors: dict[str, Monitor] = {}
        for name, part in self.recipe.losses.items():
            if name in self.removed:
                continue
            try:
                losses[name] = build_component(_used(part), {}, self.recipe.document)
            except RecipeError as error:
                self.problems.extend(error.problems)
                continue
            names = own_names(losses[name], f"{name}.")
            terms += self._terms(name, part, losses[name], names)
            for own, function in monitors_of(losses[name]).items():
                monitors[f"{name}.{own}"] = (function, _named(function, names))
        phases = tuple(self._phase(name, part, terms) for name, part in self.recipe.phases.items())
        for term in terms:
            if not any(term in phase.terms for phase in phases):
                self._problem(
                    ("losses", term.name.split(".")[0]),
                    f"no phase minimises the term {term.name!r}",
                    "add it to a phase, or give its loss weight 0",
                )
        schedules = {
            role: build_component(part.schedule, {}, self.recipe.document)
            for role, part in self.recipe.optimizers.items()
            if part.schedule
        }
        # A network and its optimizer have one role, and no name in common.
        values: dict[str, dict[str, Schedule]] = {}
        tables: list[CheckedTable[Any]] = [*self.recipe.networks.values(), *self.recipe.optimizers.values()]
        for table in tables:
            given = {name: build_component(use, {}, self.recipe.document) for name, use in table.schedules.items()}
            values.setdefault(table.key[1], {}).update(given)
            for name in given.keys() & {"ema", "beta1", "beta2"}:
                if mistake := out_of_range(given[name], self.recipe.train.steps):
                    key = (*table.key, "schedules", name)
                    self._problem(key, f"{name!r} {mistake}", "use another scheduler, such as basics/between")
        # Watching must not make a run compute what its losses do not ask for.
        augmentations = self._augmentations()
        states = self._states(losses)
        asked = {need for term in terms for need in term.needs} | states.keys() | {PROGRESS}
        monitors = {name: monitor for name, monitor in monitors.items() if set(monitor[1]) <= asked}
        monitors |= diversity_monitors(self.recipe.method_class, self.graph, asked)
        states = with_asked(states, self._own_states(self.recipe.method, self.method), asked, self.graph)
        plan = Plan(
            self.recipe,
            self.method,
            self.graph,
            losses,
            phases,
            monitors,
            schedules,
            values,
            states,
            augmentations,
            self.moment,
        )
        found = len(self.problems)
        self._check_output()
        # Metrics of an output that cannot be made would only repeat why.
        if len(self.problems) == found:
            plan = replace(plan, metrics=self._metrics(plan.gradient_givers))
        self._check_networks(plan)
        self.problems += taught_judges(self.recipe)
        if self.problems:
            raise RecipeError(self.problems)
        return plan

    def _augmentations(self) -> dict[str, tuple[Callable[..., Any], ...]]:
        return {
            role: tuple(
                build_component(use, {}, self.recipe.document, self.moment) for use in self.recipe.data[role].augment
            )
            for role in self.recipe.method_class.data
            if role in self.recipe.data
        }

    def _metrics(self, gradient_givers: frozenset[str]) -> dict[str, Metric]:
        planner = MetricPlanner(self.recipe, self.graph, gradient_givers)
        metrics = {}
        for name, part in self.recipe.metrics.items():
            try:
                metrics[name] = planner.plan(part)
            except RecipeError as error:
                self.problems.extend(error.problems)
        self.problems += planner.problems
        return metrics

    def _states(self, losses: Mapping[str, Any]) -> dict[str, KeptState]:
        """Return the states of losses and augmentations."""
        found: dict[str, KeptState] = {}
        for name, loss in losses.items():
            found |= self._own_states(_used(self.recipe.losses[name]), loss, f"{name}.")
        for changing in self.moment.augmentations:
            found |= self._own_states(changing.use, changing.function, changing.prefix)
        return found

    def _own_states(self, use: ChosenComponent, owner: Any, prefix: str = "") -> dict[str, KeptState]:
        states = states_of(owner, prefix, use.key)
        for name, state in states.items():
            asker = f"the state {name.removeprefix(prefix)!r} of {use.entry.name!r}"
            for need in [need for need in state.needs if need not in states]:
                self._check_need(use.key, asker, need)
        return states

    def _check_need(self, key: Key, asker: str, need: str) -> None:
        """Make sure that what a loss or a state asks for can be computed, and is no network."""
        try:
            self.graph.require(need)
        except GanforgeError as error:
            self._problem(key, f"{asker} asks for {need!r}: {error.message}", error.fix)
        if need in self.recipe.method_class.networks:
            what = f"{asker} asks for {need!r}, which is a network"
            self._problem(key, what, "ask for a quantity that the method computes with it")

    def _terms(self, name: str, part: CheckedTable[LossTable], loss: Any, names: Mapping[str, str]) -> list[Term]:
        schedule = build_component(part.schedule, {}, self.recipe.document) if part.schedule else None
        terms = []
        for own, function in terms_of(loss).items():
            full = f"{name}.{own}" if own else name
            updates = updated_by(function, self.recipe.method_class.main)
            needs = _named(function, names)
            for need in [need for need in needs if need not in names.values()]:
                self._check_need(part.key, f"the loss {_used(part).entry.name!r}", need)
            for clause in headless(self.recipe, self.graph, needs).values():
                self._problem(part.key, f"the loss {_used(part).entry.name!r} {clause}", HEADED)
            table = part.table
            terms.append(Term(full, function, needs, updates, table.weight, schedule, table.interval))
        return terms

    def _phase(self, name: str, part: CheckedTable[PhaseTable], terms: list[Term]) -> PhasePlan:
        table = part.table
        unknown = [role for role in table.roles if role not in self.recipe.networks]
        if unknown:
            roles = ", ".join(map(repr, self.recipe.networks))
            self._problem((*part.key, "update"), f"there is no network {unknown[0]!r}", f"name one of {roles}")
            return PhasePlan(name, table, ())
        if table.terms is None:
            phase = PhasePlan(name, table, tuple(term for term in terms if term.updates in table.roles))
        else:
            phase = PhasePlan(name, table, tuple(self._named(part, terms)))
        for term in phase.terms:
            through = frozenset().union(*map(self.graph.roles, term.needs))
            if through.isdisjoint(table.roles) and self._known(term):
                self._problem(
                    part.key if table.terms else ("losses", term.name.split(".")[0]),
                    f"the phase {name!r} cannot minimise {term.name!r}: it does not go through "
                    f"{' or '.join(map(repr, table.roles))}",
                    "give the phase other terms, or the loss weight 0",
                )
        return phase

    def _named(self, part: CheckedTable[PhaseTable], terms: list[Term]) -> list[Term]:
        """The terms that a phase names: one by its full name, or those of a loss that update the phase's networks."""
        chosen: list[Term] = []
        for text in part.table.terms or []:
            found = [
                term
                for term in terms
                if term.name == text or (term.name.split(".")[0] == text and term.updates in part.table.roles)
            ]
            # Removing a loss by weight 0 must not take a second change to the phases that name it.
            if not found and text.split(".")[0] not in self.removed:
                known = [term.name for term in terms]
                fix = suggest(text, known) or f"terms: {', '.join(known)}"
                self._problem((*part.key, "terms"), f"there is no loss term {text!r}", fix)
            chosen += [term for term in found if term not in chosen]
        return chosen

    def _known(self, term: Term) -> bool:
        graph = self.graph
        known = {*graph.networks, *graph.leaves, *graph.noises, *graph.quantities, *graph.states, PROGRESS}
        return all(need in known or "." in need for need in term.needs)

    def _check_output(self) -> None:
        """The output is made of the method's inputs, its networks and constants, and there are images of one role."""
        method, name = self.recipe.method_class, self.recipe.method.entry.name
        key, inputs = ("method", "use"), method.inputs
        kinds = "images, labels, noises and given values"
        for leaf in inputs:
            if leaf not in {*method.leaves(), *method.draws()}:
                what = f"the method {name!r} makes its outputs of {leaf!r}, which is none of its {kinds}"
                self._problem(key, what, "correct `inputs` of the method")
        if len(images := [leaf for leaf in inputs if leaf in method.data]) > 1:
            what = f"the method {name!r} makes its outputs of the images of {' and '.join(images)}"
            self._problem(key, what, "keep one role of images in `inputs` of the method")
        try:
            self.graph.require(method.output)
        except GanforgeError as error:
            self._problem(key, f"the output {method.output!r} of the method {name!r}: {error.message}", error.fix)
            return
        what = f"the output {method.output!r} of the method {name!r} is computed from"
        if self.graph.is_statistic(method.output):
            self._problem(key, f"{what} a statistic of the training images", "compute it image by image")
        others = self.graph.sources(method.output) - self.graph.networks - {*inputs, PROGRESS}
        if missing := " and ".join(map(repr, sorted(others))):
            message = f"{what} {missing}, not only from its inputs ({', '.join(inputs)})"
            fix = f"add {missing} to `inputs` of the method"
            stateful = "compute it without states, which are kept in training alone"
            self._problem(key, message, stateful if others & self.graph.states else fix)

    def _check_networks(self, plan: Plan) -> None:
        """Each network that the losses go through is either frozen or updated."""
        for role in plan.trained:
            if role in self.recipe.frozen:
                self._problem(
                    ("networks", role), f"the network {role!r} is frozen, but a phase updates it", "frozen = false"
                )
        used = frozenset().union(*map(self.graph.roles, plan.wanted))
        for role in self.recipe.networks:
            if role in used and role not in self.recipe.frozen and role not in plan.trained:
                self._problem(
                    ("networks", role),
                    f"the losses go through the network {role!r}, which no phase updates",
                    "add a phase that updates it, or give it weights and frozen = true",
                )

    def _problem(self, key: tuple[str, ...], message: str, fix: str | None) -> None:
        self.problems.append(Problem(".".join(key), message, self.recipe.document.where(key), fix))


def _named(function: Callable[..., Any], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a loss's function asks for; its own states by their names in a run."""
    return tuple(names.get(need, need) for need in positional(function))


def _used(part: CheckedTable[Any]) -> ChosenComponent:
    assert part.use is not None  # every table of this section names a component: the checker made sure
    return part.use
