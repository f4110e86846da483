"""The planner: builds the losses of a recipe, works out its plan, and reports all mistakes at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ganforge.errors import GanforgeError, Problem, RecipeError, UsageError, command
from ganforge.method import PROGRESS, Method
from ganforge.plugins import positional
from ganforge.plugins.component import is_packaged
from ganforge.plugins.registry import Registry
from ganforge.quantities.graph import Graph
from ganforge.quantities.inherited import misfits
from ganforge.quantities.metrics import HEADED, MetricPlanner, find_taught_judges, headless, problem_at
from ganforge.quantities.plan import Plan
from ganforge.quantities.states import KeptState, own_names, states_of, with_asked
from ganforge.quantities.terms import Monitor, PhasePlan, Term, diversity_monitors, monitors_of, terms_of, updated_by
from ganforge.recipe.augmentation import Moment, Schedule, out_of_range
from ganforge.recipe.build import build_component
from ganforge.recipe.check import check_document
from ganforge.recipe.document import Key, read_document
from ganforge.recipe.library import find_recipe
from ganforge.recipe.recipe import CheckedTable, ChosenComponent, ComponentTable, Recipe
from ganforge.recipe.schema import LossTable, PhaseTable
from ganforge.suggest import suggest


def load_plan(recipe: str, overrides: Iterable[str], registry: Registry) -> Plan:
    """Load, check and plan a recipe, and everything that it builds on.

    Raises:
        UsageError: there is no such recipe, or it is a study.
        RecipeError: with every problem found.
    """
    # A string is a sequence of strings as well, but nobody means its letters.
    overrides = [overrides] if isinstance(overrides, str) else overrides
    document = read_document(find_recipe(recipe, registry))
    if "study" in document.data:
        raise UsageError(f"{recipe!r} is a study, not a recipe", fix=command("study", recipe))
    return plan_all(check_document(document.override(overrides), registry))


def make_plan(recipe: Recipe) -> Plan:
    """Plan a recipe, without those that it builds on.

    Raises:
        RecipeError: a loss asks for a quantity that the method does not have, a phase names a term that does not
            exist or that does not depend on its network, a term belongs to no phase, a network to no phase, or a judge
            took part in training; all of them at once.
    """
    return _Planner(recipe).plan()


def plan_all(recipe: Recipe, *, check_files: bool = True) -> Plan:
    """Plan a recipe and all that it builds on, each recipe once.

    Args:
        recipe: the checked recipe.
        check_files: report weights that are missing or do not fit; a finished run does not need them.

    Raises:
        RecipeError: every problem found in any of the recipes.
    """
    problems: list[Problem] = []
    known: dict[tuple[object, str], Plan | None] = {}

    def visit(recipe: Recipe) -> Plan | None:
        content = (recipe.document.path, str(recipe.document.data))
        if content not in known:
            children = {key: plan for key, child in recipe.children.items() if (plan := visit(child))}
            problems.extend([*_missing_files(recipe), *misfits(recipe)] if check_files else [])
            try:
                known[content] = replace(make_plan(recipe), children=children)
            except RecipeError as error:
                problems.extend(error.problems)
                known[content] = None
        return known[content]

    plan = visit(recipe)
    if plan is None or problems:
        raise RecipeError(list(dict.fromkeys(problems)))
    return plan


def _missing_files(recipe: Recipe) -> Iterator[Problem]:
    for table, file in recipe.weight_files().items():
        if not os.path.isfile(file.path):
            fix = f"paths are relative to {recipe.document.path}"
            if is_packaged(file.name):
                fix = f"install the package {file.name.partition(':')[0]!r}, in a version that has this file"
                use = recipe.tables()[table[0]][table[1]].use
                if use is not None and use.entry.component.weights_source and file.sha256 is not None:
                    fix = f"make it once: {command('download', use.entry.name)}"
            yield problem_at(recipe, (*table, "weights", "file"), f"there is no file {str(file.path)!r}", fix)


class _Planner:
    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.problems: list[Problem] = []
        self.moment = Moment(recipe.train.steps)
        self.method: Method = self._build(recipe.method, self.moment)
        self.graph = Graph(recipe.method_class, recipe.networks, recipe.data)
        self.removed = {name for name, part in recipe.losses.items() if part.table.weight == 0}

    def plan(self) -> Plan:
        recipe, method, graph = self.recipe, self.method, self.graph

        # --- losses: terms, monitors and states
        losses: dict[str, Any] = {}
        terms: list[Term] = []
        monitors: dict[str, Monitor] = {}
        states: dict[str, KeptState] = {}
        for name, part in recipe.losses.items():
            if name in self.removed:
                continue
            try:
                losses[name] = loss = self._build(part.use)
            except RecipeError as error:
                self.problems.extend(error.problems)
                continue
            names = own_names(loss, f"{name}.")
            terms += self._terms(name, part, loss, names)
            for own, function in monitors_of(loss).items():
                monitors[f"{name}.{own}"] = (function, _needs(function, names))

        # --- phases
        phases = tuple(self._phase(name, part, terms) for name, part in recipe.phases.items())
        for term in terms:
            if not any(term in phase.terms for phase in phases):
                fix = "add it to a phase, or give its loss weight 0"
                self._problem(("losses", term.loss), f"no phase minimises the term {term.name!r}", fix)

        # --- schedules
        schedules = {role: self._build(part.schedule) for role, part in recipe.optimizers.items() if part.schedule}
        values: dict[str, dict[str, Schedule]] = {}
        tables: list[CheckedTable[Any]] = [*recipe.networks.values(), *recipe.optimizers.values()]
        for table in tables:
            # A network and its optimizer have the same role, but no schedule of the same name.
            given = {name: self._build(use) for name, use in table.schedules.items()}
            values.setdefault(table.key[1], {}).update(given)
            for name in given.keys() & {"ema", "beta1", "beta2"}:
                if mistake := out_of_range(given[name], recipe.train.steps):
                    key = (*table.key, "schedules", name)
                    self._problem(key, f"{name!r} {mistake}", "use another scheduler, such as basics/between")

        # --- augmentations, states and monitors
        augmentations = {
            role: tuple(self._build(use, self.moment) for use in recipe.data[role].augment)
            for role in recipe.method_class.data
            if role in recipe.data
        }
        for name, loss in losses.items():
            states |= self._states(recipe.losses[name].use, loss, f"{name}.")
        for changing in self.moment.augmentations:
            states |= self._states(changing.use, changing.function, changing.prefix)
        asked = {need for term in terms for need in term.needs} | states.keys() | {PROGRESS}
        # A monitor must not make a run compute quantities that its losses do not need.
        monitors = {name: monitor for name, monitor in monitors.items() if set(monitor[1]) <= asked}
        monitors |= diversity_monitors(recipe.method_class, graph, asked)
        states = with_asked(states, self._states(recipe.method, method), asked, graph)

        # --- metrics, unless the output has problems, which they would only repeat
        moment = self.moment
        plan = Plan(recipe, method, graph, losses, phases, monitors, schedules, values, states, augmentations, moment)
        if self._check_output():
            planner = MetricPlanner(recipe, graph, plan.gradient_givers, self.problems)
            plan = replace(plan, metrics=planner.plan())
        self._check_networks(plan)
        self.problems += find_taught_judges(recipe)
        if self.problems:
            raise RecipeError(self.problems)
        return plan

    def _build(self, use: ChosenComponent, moment: Moment | None = None) -> Any:
        return build_component(use, {}, self.recipe.document, moment)

    def _states(self, use: ChosenComponent, owner: Any, prefix: str = "") -> dict[str, KeptState]:
        states = states_of(owner, prefix, use.key)
        for name, state in states.items():
            asker = f"the state {name.removeprefix(prefix)!r} of {use.entry.name!r}"
            for need in [need for need in state.needs if need not in states]:
                self._check_need(use.key, asker, need)
        return states

    def _check_need(self, key: Key, asker: str, need: str) -> None:
        """Make sure that a need of a loss or a state can be computed, and is not a network."""
        try:
            self.graph.require(need)
        except GanforgeError as error:
            self._problem(key, f"{asker} asks for {need!r}: {error.message}", error.fix)
        if need in self.recipe.method_class.networks:
            what = f"{asker} asks for {need!r}, which is a network"
            self._problem(key, what, "ask for a quantity that the method computes with it")

    def _terms(self, name: str, part: ComponentTable[LossTable], loss: Any, names: Mapping[str, str]) -> list[Term]:
        table, asker = part.table, f"the loss {part.use.entry.name!r}"
        schedule = self._build(part.schedule) if part.schedule else None
        terms = []
        for own, function in terms_of(loss).items():
            full = f"{name}.{own}" if own else name
            needs = _needs(function, names)
            for need in [need for need in needs if need not in names.values()]:
                self._check_need(part.key, asker, need)
            for clause in headless(self.recipe, self.graph, needs).values():
                self._problem(part.key, f"{asker} {clause}", HEADED)
            updates = updated_by(function, self.recipe.method_class.main)
            terms.append(Term(full, function, needs, updates, table.weight, schedule, table.interval))
        return terms

    def _phase(self, name: str, part: CheckedTable[PhaseTable], terms: list[Term]) -> PhasePlan:
        table = part.table
        if unknown := [role for role in table.roles if role not in self.recipe.networks]:
            roles = ", ".join(map(repr, self.recipe.networks))
            self._problem((*part.key, "update"), f"there is no network {unknown[0]!r}", f"name one of {roles}")
            return PhasePlan(name, table, ())
        own = [term for term in terms if term.updates in table.roles]
        phase = PhasePlan(name, table, tuple(own if table.terms is None else self._named_terms(part, terms)))
        for term in phase.terms:
            through = frozenset().union(*map(self.graph.roles, term.needs))
            if through.isdisjoint(table.roles) and all(self.graph.knows(need) or "." in need for need in term.needs):
                roles = " or ".join(map(repr, table.roles))
                what = f"the phase {name!r} cannot minimise {term.name!r}: it does not go through {roles}"
                key = part.key if table.terms else ("losses", term.loss)
                self._problem(key, what, "give the phase other terms, or the loss weight 0")
        return phase

    def _named_terms(self, part: CheckedTable[PhaseTable], terms: list[Term]) -> list[Term]:
        """Return the terms that a phase names: one by its full name, or all of a loss that update its networks."""
        chosen: dict[str, Term] = {}
        for text in part.table.terms or []:
            found = [
                term for term in terms if term.name == text or (term.loss == text and term.updates in part.table.roles)
            ]
            # Phases may still name a loss that is removed by weight 0.
            if not found and text.split(".")[0] not in self.removed:
                known = [term.name for term in terms]
                fix = suggest(text, known) or f"terms: {', '.join(known)}"
                self._problem((*part.key, "terms"), f"there is no loss term {text!r}", fix)
            chosen |= {term.name: term for term in found}
        return list(chosen.values())

    def _check_output(self) -> bool:
        """Return True if the output depends only on the method's inputs and networks, and on the images of one role.

        Statistics of the training images may have a part in it: a run keeps them.
        """
        before = len(self.problems)
        method, name = self.recipe.method_class, self.recipe.method.entry.name
        key, inputs, known = ("method", "use"), method.inputs, {*method.leaves(), *method.draws()}
        made = f"the method {name!r} makes its outputs of"
        for leaf in [leaf for leaf in inputs if leaf not in known]:
            what = f"{made} {leaf!r}, which is none of its images, labels, noises and given values"
            self._problem(key, what, "correct `inputs` of the method")
        if len(images := [leaf for leaf in inputs if leaf in method.data]) > 1:
            what = f"{made} the images of {' and '.join(images)}"
            self._problem(key, what, "keep one role of images in `inputs` of the method")
        output = f"the output {method.output!r} of the method {name!r}"
        try:
            self.graph.require(method.output)
        except GanforgeError as error:
            self._problem(key, f"{output}: {error.message}", error.fix)
            return False
        if method.output in self.graph.statistics:
            what = f"{output} is a statistic of the training images"
            self._problem(key, what, "compute it image by image")
        others = self.graph.measured_from(method.output) - self.graph.networks - {*inputs, PROGRESS}
        if missing := " and ".join(map(repr, sorted(others))):
            what = f"{output} is computed from {missing}, not only from its inputs ({', '.join(inputs)})"
            stateful = "compute it without states, which are kept in training alone"
            fix = stateful if others & self.graph.states else f"add {missing} to `inputs` of the method"
            self._problem(key, what, fix)
        return len(self.problems) == before

    def _check_networks(self, plan: Plan) -> None:
        """Make sure that each network that the losses go through is either frozen or updated."""
        frozen = self.recipe.frozen
        for role in plan.trained:
            if role in frozen:
                what = f"the network {role!r} is frozen, but a phase updates it"
                self._problem(("networks", role), what, "frozen = false")
        used = frozenset().union(*map(self.graph.roles, plan.wanted))
        for role in self.recipe.networks:
            if role in used and role not in frozen and role not in plan.trained:
                what = f"the losses go through the network {role!r}, which no phase updates"
                fix = "add a phase that updates it, or give it weights and frozen = true"
                self._problem(("networks", role), what, fix)

    def _problem(self, key: Key, message: str, fix: str | None) -> None:
        self.problems.append(problem_at(self.recipe, key, message, fix))


def _needs(function: Callable[..., Any], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the needs of a loss's function, with its own states under their names in a run."""
    return tuple(names.get(need, need) for need in positional(function))
