"""Methods: examples of their quantities and of states, and checks of declarations and of noise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic
import torch
from torch import Tensor

from ganforge.errors import GanforgeError, RecipeError
from ganforge.method import Drawn, Method
from ganforge.plugins.registry import Registry
from ganforge.quantities.graph import Graph
from ganforge.quantities.inputs import draw
from ganforge.quantities.states import states_of
from ganforge.recipe.augmentation import Changing
from ganforge.recipe.check import check_component
from ganforge.recipe.schema import MetricTable, OptimizerTable, PhaseTable
from ganforge.state import declared_states
from ganforge.testing.check import NETWORKS, check
from ganforge.testing.example import Example, axes, builds_examples, call_of, fits
from ganforge.testing.flaw import Flaw
from ganforge.testing.graphs import BATCH, SmallGraph, first_states, fitting_graphs, known_names, small_graph
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import drawn_from, reseed

MANY = 64
RANGE = re.compile(r"in \[(?P<low>-?[\d.]+), (?P<high>-?[\d.]+)\]")


@builds_examples("method")
def method_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call that computes all quantities of a method."""
    graph = small_graph(subject, BATCH)
    quantities = graph.graph.quantities
    ranges = {name: RANGE.search(quantity.shape) for name, quantity in quantities.items()}
    shapes = {name: graph.declared_shape(quantity.shape) for name, quantity in quantities.items()}

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        values = graph.values(given)
        return {name: values[name] for name in quantities}

    yield Example(
        "with stand-in networks",
        graph.method,
        call,
        graph.leaves,
        graph.networks,
        shapes={name: shape for name, shape in shapes.items() if shape is not None},
        bounds={name: (float(one["low"]), float(one["high"])) for name, one in ranges.items() if one}
        | {name: (-1.0, 1.0) for name in graph.graph.leaves.values()},
        batched=frozenset(graph.graph.leaves),
        learns=tuple(graph.parameters(role) for role, one in graph.method.networks.items() if one.trained),
    )


def state_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of each state of a method, a loss or an augmentation; raise Flaw if no method has what it needs."""
    built = subject.build()
    owner = built.function if isinstance(built, Changing) else built
    states = states_of(owner)
    if not states:
        return
    needs = {need for state in states.values() for need in state.needs} - states.keys()
    losses = {"loss": owner} if subject.kind == "loss" else {}
    method = subject.kind == "method"
    graph = small_graph(subject, BATCH) if method else next(fitting_graphs(subject, needs, BATCH, losses), None)
    if graph is None:
        raise Flaw(f"no installed method has all that its states ask for: {', '.join(sorted(needs))}")
    first, values = first_states(owner, type(graph.method)), graph.values()
    for name, state in states.items():
        yield Example(
            f"the state {name!r}",
            owner,
            call_of(state.function, state.needs, name),
            {need: first[need] if need in first else values[need].detach() for need in state.needs},
            shapes={name: tuple(first[name].shape)},
        )


@check(
    "method",
    why="Such a mistake shows only in a recipe that happens to depend on it, and looks like the recipe's.",
    fix="Correct the class attribute that the message names.",
    calls=False,
)
def declared(subject: Subject) -> None:
    """Find inconsistent roles, quantities, phases and default components."""
    method = subject.entry.load()
    if not (inspect.isclass(method) and issubclass(method, Method)):
        raise Flaw("it is no class derived from ganforge.method.Method")
    if problems := [*_roles(method), *_quantities(method), *_phases(method), *_defaults(method, subject.registry)]:
        raise Flaw("; ".join(problems))


@check(
    "method",
    why="The engine seeds that generator for each batch; a resumed run cannot repeat other draws.",
    fix="Return `count` rows of the declared type, float32 by default: torch.randn(count, ..., generator=generator).",
)
def noise(subject: Subject) -> None:
    """Find noise of another shape or type than declared, or that does not come from its generator alone."""
    graph = small_graph(subject, BATCH)
    for name, declared in type(graph.method).draws().items():
        for count in (1, 5):
            before = reseed()
            first = draw(graph.method, name, count, 1)
            for generator in drawn_from(before):
                raise Flaw(f"{name} draws from {generator}")
            _require_declared(name, first, count, declared, graph)
            # A generator that is seeded like a global one draws something else now.
            reseed(count)
            if not torch.equal(first, draw(graph.method, name, count, 1)):
                raise Flaw(f"{name} differs from one time to the next, with the same generator")
        # A given value may be a constant, and a short draw of few integers may come twice.
        if declared.trained_from is None and torch.equal(*(draw(graph.method, name, MANY, seed) for seed in (1, 2))):
            raise Flaw(f"{name} is the same whatever the generator's seed")


def _roles(method: type[Method]) -> Iterator[str]:
    for role, described in method.networks.items():
        if described.kind not in NETWORKS:
            yield f"the role {role!r} is of the kind {described.kind!r}; networks are {', '.join(NETWORKS)}"
    if method.main not in method.networks:
        yield f"main is {method.main!r}, which is no network of it"
    if not method.inputs:
        yield "inputs is empty: it names what the output is made of"
    for leaf in method.inputs:
        if leaf not in {*method.leaves(), *method.draws()}:
            yield f"inputs names {leaf!r}, which is no data role, labels, noise or given value of it"
    if method.pictures_like is not None and method.pictures_like not in method.data:
        yield f"pictures_like is {method.pictures_like!r}, which is no data role of it"
    for name in (method.select, method.ceiling):
        if name is not None and name.partition("/")[0] not in method.metrics:
            yield f"it selects by {name!r}, which is none of its metrics"


def _quantities(method: type[Method]) -> Iterator[str]:
    known = known_names(method)
    states, leaves = declared_states(method), {*method.leaves()}
    named = {method.output, method.features or method.output, *(method.compared or ())}
    for name in sorted(named - {*method.quantities()}):
        yield f"its output, features or compared {name!r} is no quantity of it"
    for name, quantity in method.quantities().items():
        for need in sorted({*quantity.needs} - known - {*method.networks}):
            yield f"the quantity {name!r} needs {need!r}, which there is not"
        if name in {*leaves, *method.networks, *method.draws(), *states}:
            yield f"the quantity {name!r} has the name of a role, of labels, of a noise or of a state"
    for name in sorted({*method.draws()} & {*leaves, *method.networks, *states}):
        yield f"the noise {name!r} has the name of a role, of labels or of a state"
    for name, state in states.items():
        for need in sorted({*state.needs} - (known - {*method.networks})):
            yield f"the state {name!r} needs {need!r}, which there is not"
    try:
        graph = Graph(method, method.networks, method.data)
    except GanforgeError as error:
        yield error.message
        return
    # Measuring gives nothing but the inputs.
    for name in sorted(graph.measured_from(method.output) & {*leaves, *method.draws(), *states} - {*method.inputs}):
        yield f"its output {method.output!r} is made of {name!r} too, which `inputs` does not name"


def _phases(method: type[Method]) -> Iterator[str]:
    for name, phase in method.phases.items():
        try:
            table = PhaseTable.model_validate(dict(phase))
        except pydantic.ValidationError as error:
            yield f"the phase {name!r} is no table of phases: {error.errors()[0]['msg']}"
            continue
        for role in [table.update] if isinstance(table.update, str) else table.update:
            if role not in method.networks or not method.networks[role].trained:
                yield f"the phase {name!r} updates {role!r}, which is no network that it trains"


def _defaults(method: type[Method], registry: Registry) -> Iterator[str]:
    for kind, tables, core in (
        ("optimizer", method.optimizers, OptimizerTable),
        ("metric", method.metrics, MetricTable),
    ):
        for name, default in tables.items():
            options = {key: value for key, value in default.items() if key not in core.model_fields}
            try:
                check_component(kind, default.get("use", ""), (), registry, options, f"default {kind} {name!r}")
            except RecipeError as error:
                yield error.problems[0].message
    for role in method.optimizers:
        if role not in method.networks:
            yield f"it has a default optimizer for {role!r}, which is no network of it"


def _require_declared(name: str, drawn: Tensor, count: int, declared: Drawn, graph: SmallGraph) -> None:
    """Raise Flaw if rows of noise are of another shape, type or range than declared."""
    shape = graph.declared_shape(declared.shape)
    wanted = (count, ...) if shape is None else (count, *shape[1:])
    if not fits(drawn, wanted):
        raise Flaw(f"{count} rows of {name} are {list(drawn.shape)}, not {axes(wanted)}")
    if drawn.device.type != "cpu":
        raise Flaw(f"{name} is drawn on {drawn.device.type}, where the same seed gives other numbers")
    if not bool(drawn.isfinite().all()):
        raise Flaw(f"{name} is not finite")
    if str(drawn.dtype) != f"torch.{declared.type}":
        raise Flaw(f"{name} is {drawn.dtype}, not torch.{declared.type}")
    values = declared.values
    if isinstance(values, str):
        values = getattr(graph.method, values, None)
    if values is not None and not bool(((drawn >= 0) & (drawn < values)).all()):
        raise Flaw(f"{name} is not from 0 to {values - 1}")
