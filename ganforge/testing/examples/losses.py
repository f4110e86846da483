"""Calls of losses, on quantities of an installed method, and of distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ganforge.marks import marks_of
from ganforge.meaning import Meaning
from ganforge.method import PROGRESS
from ganforge.plugins import positional
from ganforge.quantities.states import states_of
from ganforge.quantities.terms import monitors_of, terms_of, updated_by
from ganforge.suggest import suggest
from ganforge.testing.check import Flaw
from ganforge.testing.examples.example import Example, accepted
from ganforge.testing.examples.methods import (
    SmallGraph,
    first_states,
    fitting_graphs,
    known_names,
    methods,
)
from ganforge.testing.subject import Subject

BATCH = 16
DISTANCE_BATCH, CLASSES = 8, 10
VALUES = frozenset({"value", "value_logits"})
COMPARED = ("reference", "value", "reference_logits", "value_logits", "reference_labels")


def loss_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of each term and each monitor of a loss.

    Raises:
        Flaw: no installed method has the quantities that it asks for, or a term updates none of their networks.
    """
    loss = subject.build()
    graph = _graph(subject, loss)
    for name, function in terms_of(loss).items():
        role = updated_by(function, graph.method.main)
        changed = frozenset(need for need in positional(function) if role in graph.graph.roles(need))
        if not changed:
            what = f"the term {name!r}" if name else "it"
            raise Flaw(f"{what} is to update {role!r}, and nothing that it asks for goes through that network")
        yield _example(f"term {name}" if name else graph.name, loss, function, graph, (changed,))
    for name, function in monitors_of(loss).items():
        example = _example(f"monitor {name}", loss, function, graph, ())
        yield replace(example, meanings={"loss": marks_of(function).monitor or Meaning()})


def trained_examples(subject: Subject) -> Iterator[Example]:
    """Yield each term as in training, from a batch through all networks, after the quantities that it is computed from.

    The gradient must reach the network that the term updates. A quantity may be a gradient itself, such as the one that
    a gradient penalty bounds: then the term is differentiated twice. Each quantity that a term has a gradient for is
    also differentiated alone: a term of several learns from the others when one is a constant by mistake.
    """
    loss = subject.build()
    graph = _graph(subject, loss)
    for name, function in terms_of(loss).items():
        role = updated_by(function, graph.method.main)
        if not graph.method.networks[role].trained:
            continue
        for need, gradient in _example(name, loss, function, graph, ()).gradients().items():
            if role in graph.graph.roles(need) and gradient is not None and gradient.any():
                yield _trained(f"{need} of {graph.name}", loss, lambda value: value, (need,), graph, role)
        label = f"{f'term {name}' if name else 'the loss'}, computed through {role}"
        yield _trained(label, loss, function, positional(function), graph, role)


def _graph(subject: Subject, loss: Any) -> SmallGraph:
    """Return a graph with the quantities of a loss."""
    functions = (*terms_of(loss).values(), *monitors_of(loss).values())
    states = states_of(loss)
    asked = [need for function in functions for need in positional(function)]
    asked += [need for state in states.values() for need in state.needs]
    asked = [need for need in asked if need not in states]
    graph = next(fitting_graphs(subject, asked, BATCH, {"loss": loss}), None)
    if graph is None:
        raise _unknown(subject, asked)
    return graph


def _example(
    label: str, loss: Any, function: Callable[..., Any], graph: SmallGraph, learns: tuple[frozenset[str], ...]
) -> Example:
    needs = positional(function)
    values, own = graph.values(), first_states(loss, type(graph.method))
    inputs: dict[str, Tensor] = {need: own[need] if need in own else values[need].detach() for need in needs}
    kept = {PROGRESS, *own, *graph.graph.states}

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        return {"loss": function(*(given[need] for need in needs))}

    return Example(
        label,
        loss,
        call,
        inputs,
        shapes={"loss": ()},
        bounds={name: (-1.0, 1.0) for name, value in inputs.items() if value.ndim == 4},
        batched=frozenset(need for need in needs if need not in kept and not graph.graph.is_statistic(need)),
        drawn=graph.graph.noises & frozenset(needs),
        learns=learns,
    )


def _trained(
    label: str, loss: Any, function: Callable[..., Any], needs: Sequence[str], graph: SmallGraph, role: str
) -> Example:
    own = first_states(loss, type(graph.method))

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        values = graph.values({**own, **given})
        return {"loss": function(*(values[need] for need in needs))}

    return Example(label, loss, call, graph.leaves, graph.networks, learns=(graph.parameters(role),))


def _unknown(subject: Subject, asked: list[str]) -> Flaw:
    """Return a flaw that names the quantity that no method has, or says that no method has all of them."""
    known = set().union(*(known_names(method) for _, method in methods(subject.registry)))
    for name in asked:
        if name not in known:
            fix = suggest(name, known) or f"there are: {', '.join(sorted(known))}"
            return Flaw(f"it asks for {name!r}, which no installed method has", fix=fix)
    return Flaw(
        f"no installed method has all that it asks for: {', '.join(dict.fromkeys(asked))}",
        fix="ask for quantities of one method (`ganforge show METHOD` lists them)",
    )


def distance_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of a distance of codes, images, class scores or labels, chosen by its parameters' names.

    Raises:
        Flaw: it has an unknown parameter, or none for a value.
    """
    function = subject.build()
    names = positional(function)
    unknown = [name for name in names if name not in COMPARED]
    if unknown or not VALUES & set(names):
        raise Flaw(
            f"it compares {' and '.join(names) or 'nothing'}; a distance compares a value with a reference",
            fix=f"name its positional parameters after what they are: {', '.join(COMPARED)}",
        )
    kinds = {"codes": (24,), "images": (3, 8, 8)} if {"reference", "value"} & set(names) else {"class scores": (0,)}

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        return {"distance": function(*(given[name] for name in names))}

    draw = torch.Generator().manual_seed(2)
    yield from accepted(
        Example(
            label,
            function,
            call,
            {name: _compared(name, shape, draw) for name in names},
            shapes={"distance": ()},
            bounds={name: (-1.0, 1.0) for name in names if label == "images"},
            batched=frozenset(names),
            learns=(VALUES & set(names),),
        )
        for label, shape in kinds.items()
    )


def _compared(name: str, shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    if name.endswith("_labels"):
        return torch.arange(DISTANCE_BATCH) % CLASSES
    if name.endswith("_logits"):
        return 3 * torch.randn(DISTANCE_BATCH, CLASSES, generator=draw)
    return torch.rand(DISTANCE_BATCH, *shape, generator=draw) * 2 - 1
