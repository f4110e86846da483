"""Losses and distances: examples of their terms, and checks of means, the smallest distance and mismatched shapes."""

from __future__ import annotations

import warnings
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
from ganforge.testing.check import LOSSES, check
from ganforge.testing.example import Example, accepted, builds_examples, call_of, examples_of, gap
from ganforge.testing.flaw import Flaw
from ganforge.testing.graphs import SmallGraph, first_states, fitting_graphs, known_names, methods
from ganforge.testing.subject import Subject

BATCH = 16
DISTANCE_BATCH, CLASSES = 8, 10
VALUES = frozenset({"value", "value_logits"})
COMPARED = ("reference", "value", "reference_logits", "value_logits", "reference_labels")
CLOSE = 1e-3
ROUNDING = 1e-5


@builds_examples("loss")
def loss_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of each term and each monitor of a loss; raise Flaw if a term updates none of its networks."""
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
        example = _example(f"monitor {name}", loss, function, graph)
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
        for need, gradient in _example(name, loss, function, graph).gradients().items():
            if role in graph.graph.roles(need) and gradient is not None and gradient.any():
                yield _trained(f"{need} of {graph.name}", loss, lambda value: value, (need,), graph, role)
        label = f"{f'term {name}' if name else 'the loss'}, computed through {role}"
        yield _trained(label, loss, function, positional(function), graph, role)


def _graph(subject: Subject, loss: Any) -> SmallGraph:
    """Return a graph with the quantities of a loss, or raise Flaw with the name of one that no method has."""
    states = states_of(loss)
    asked = [need for one in (*terms_of(loss).values(), *monitors_of(loss).values()) for need in positional(one)]
    asked += [need for state in states.values() for need in state.needs]
    asked = [need for need in asked if need not in states]
    for graph in fitting_graphs(subject, asked, BATCH, {"loss": loss}):
        return graph
    known = set().union(*(known_names(method) for _, method in methods(subject.registry)))
    for name in asked:
        if name not in known:
            fix = suggest(name, known) or f"there are: {', '.join(sorted(known))}"
            raise Flaw(f"it asks for {name!r}, which no installed method has", fix=fix)
    raise Flaw(
        f"no installed method has all that it asks for: {', '.join(dict.fromkeys(asked))}",
        fix="ask for quantities of one method (`ganforge show METHOD` lists them)",
    )


def _example(
    label: str, loss: Any, function: Callable[..., Any], graph: SmallGraph, learns: tuple[frozenset[str], ...] = ()
) -> Example:
    needs = positional(function)
    values, own = graph.values(), first_states(loss, type(graph.method))
    inputs: dict[str, Tensor] = {need: own[need] if need in own else values[need].detach() for need in needs}
    kept = {PROGRESS, *own, *graph.graph.states}
    return Example(
        label,
        loss,
        call_of(function, needs, "loss"),
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


@builds_examples("distance")
def distance_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of a distance of codes, images, class scores or labels, chosen by its parameters' names."""
    function = subject.build()
    names = positional(function)
    unknown = [name for name in names if name not in COMPARED]
    if unknown or not VALUES & set(names):
        raise Flaw(
            f"it compares {' and '.join(names) or 'nothing'}; a distance compares a value with a reference",
            fix=f"name its positional parameters after what they are: {', '.join(COMPARED)}",
        )
    kinds = {"codes": (24,), "images": (3, 8, 8)} if {"reference", "value"} & set(names) else {"class scores": (0,)}

    def example(label: str) -> Example:
        draw = torch.Generator().manual_seed(2)
        return Example(
            label,
            function,
            call_of(function, names, "distance"),
            {name: _compared(name, kinds[label], draw) for name in names},
            shapes={"distance": ()},
            bounds={name: (-1.0, 1.0) for name in names if label == "images"},
            batched=frozenset(names),
            learns=(VALUES & set(names),),
        )

    yield from map(example, accepted(kinds, example))


def _compared(name: str, shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    if name.endswith("_labels"):
        return torch.arange(DISTANCE_BATCH) % CLASSES
    if name.endswith("_logits"):
        return 3 * torch.randn(DISTANCE_BATCH, CLASSES, generator=draw)
    return torch.rand(DISTANCE_BATCH, *shape, generator=draw) * 2 - 1


@check(
    LOSSES,
    why="A recipe's weight would mean something different for each batch size.",
    fix="Divide by the number of samples: `.mean()` over the batch.",
)
def mean(subject: Subject) -> None:
    """Find a sum over the batch instead of a mean."""
    for example in examples_of(subject):
        doubled = example.with_inputs({name: torch.cat([example.inputs[name]] * 2) for name in example.batched})
        for name, value in doubled.run().items():
            once = example.run()[name]
            if gap(value, once) > CLOSE:
                single, double = float(once.detach()), float(value.detach())
                raise Flaw(f"{example}: of a batch {single:.4g}, of the same batch twice {double:.4g}")


@check(
    "distance",
    why="Minimising it would lead away from the reference: a sign or the order of arguments is wrong.",
    fix="Make it non-negative, and smallest when the value equals the reference or its scores match the labels.",
)
def nearest(subject: Subject) -> None:
    """Find a distance that is negative, or smaller to another value than to the reference itself."""
    for example in examples_of(subject):
        given = example.inputs
        if "reference_labels" in given:
            equal = {"value_logits": 8.0 * torch.nn.functional.one_hot(given["reference_labels"], CLASSES).float()}
        else:
            equal = {name.replace("reference", "value"): value for name, value in given.items() if "reference" in name}
        far, near = (float(one.run()["distance"].detach()) for one in (example, example.with_inputs(equal)))
        if near < -ROUNDING or far < -ROUNDING:
            raise Flaw(f"{example}: it is {min(near, far):.4g}, below 0")
        if near >= far:
            raise Flaw(f"{example}: to the reference itself it is {near:.4g}, to something else {far:.4g}")


@check(
    "distance",
    why="The mean over all pairs of two batches looks like a distance and trains nothing.",
    fix="Raise ShapeError when the shapes differ, before computing anything.",
)
def broadcast(subject: Subject) -> None:
    """Find mismatched shapes that are broadcast silently."""
    for example in examples_of(subject):
        value = next(name for name in example.inputs if name in VALUES)
        parts = {"one sample": example.inputs[value][:1], "one feature": example.inputs[value][:, :1]}
        if value == "value_logits" and "reference_labels" in example.inputs:
            del parts["one feature"]  # a single class is unusual, and no mistake in shape
        for label, part in parts.items():
            mismatched = example.with_inputs({value: part})
            try:
                with warnings.catch_warnings():
                    # torch warns of it, and the engine's dry run treats the warning as an error.
                    warnings.filterwarnings("error", message="Using a target size")
                    mismatched.run()
            except Exception:
                continue
            shapes = " with ".join(str(list(one.shape)) for one in mismatched.inputs.values())
            raise Flaw(f"{example}: it compares {shapes} (the value is {label} only)")
