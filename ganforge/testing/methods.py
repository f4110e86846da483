"""The check of what a method declares: that roles, quantities, phases and defaults hang together."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pydantic

from ganforge.errors import GanforgeError, RecipeError
from ganforge.method import Method
from ganforge.plugins.registry import Registry
from ganforge.quantities.graph import Graph
from ganforge.recipe.check import standalone
from ganforge.recipe.schema import MetricTable, OptimizerTable, PhaseTable
from ganforge.state import declared_states
from ganforge.testing.check import NETWORKS, Flaw, check
from ganforge.testing.small_graph import known_names
from ganforge.testing.subject import Subject


@check(
    "method",
    finds="roles, quantities, phases and default components that do not hang together",
    why="Each such mistake shows only in the recipe that comes upon it, and reads as the recipe's.",
    mend="Correct the class attribute that the message names.",
)
def declared(subject: Subject) -> None:
    """What the class says of itself is consistent."""
    method = subject.entry.load()
    if not (inspect.isclass(method) and issubclass(method, Method)):
        raise Flaw("it is no class derived from ganforge.method.Method")
    problems = [*_roles(method), *_quantities(method), *_defaults(method, subject.registry)]
    if problems:
        raise Flaw("; ".join(problems))


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
    known = {*method.networks, *known_names(method)}
    for name in {method.output, method.features} - {None, *method.quantities()}:
        yield f"its output or features {name!r} is no quantity of it"
    for name, quantity in method.quantities().items():
        for need in quantity.needs:
            if need not in known:
                yield f"the quantity {name!r} needs {need!r}, which there is not"
        if name in {*method.leaves(), *method.networks, *method.draws(), *declared_states(method)}:
            yield f"the quantity {name!r} has the name of a role, of labels, of a noise or of a state"
    for name in method.draws():
        if name in {*method.leaves(), *method.networks, *declared_states(method)}:
            yield f"the noise {name!r} has the name of a role, of labels or of a state"
    for name, state in declared_states(method).items():
        for need in state.needs:
            if need not in known - {*method.networks}:
                yield f"the state {name!r} needs {need!r}, which there is not"
    try:
        graph = Graph(method, method.networks, method.data)
    except GanforgeError as error:
        yield error.message
        return
    # Measuring gives nothing but the inputs.
    given = {*method.leaves(), *method.draws(), *declared_states(method)}
    for name in sorted(graph.sources(method.output) & given - {*method.inputs}):
        yield f"its output {method.output!r} is made of {name!r} too, which `inputs` does not name"


def _defaults(method: type[Method], registry: Registry) -> Iterator[str]:
    for name, phase in method.phases.items():
        try:
            table = PhaseTable.model_validate(dict(phase))
        except pydantic.ValidationError as error:
            yield f"the phase {name!r} is no table of phases: {error.errors()[0]['msg']}"
            continue
        for role in [table.update] if isinstance(table.update, str) else table.update:
            if role not in method.networks or not method.networks[role].trained:
                yield f"the phase {name!r} updates {role!r}, which is no network that it trains"
    for kind, tables, core in (
        ("optimizer", method.optimizers, OptimizerTable),
        ("metric", method.metrics, MetricTable),
    ):
        for name, default in tables.items():
            options = {key: value for key, value in default.items() if key not in core.model_fields}
            try:
                standalone(kind, default.get("use", ""), (), registry, options, f"default {kind} {name!r}")
            except RecipeError as error:
                yield error.problems[0].message
    for role in method.optimizers:
        if role not in method.networks:
            yield f"it has a default optimizer for {role!r}, which is no network of it"


CHECKS = (declared,)
