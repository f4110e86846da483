"""The terms and monitors of a loss, given the quantities of an installed method."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from ganforge.method import PROGRESS
from ganforge.plugins import positional
from ganforge.quantities.states import states_of
from ganforge.quantities.terms import monitors_of, terms_of, updated_by
from ganforge.testing.check import Flaw
from ganforge.testing.example import Example
from ganforge.testing.small_graph import (
    SmallGraph,
    check_states,
    first_states,
    fitting_graphs,
    known_names,
    methods,
)
from ganforge.testing.subject import Subject

BATCH = 16


def loss_examples(subject: Subject) -> Iterator[Example]:
    """Each term, and each monitor, of a loss.

    Raises:
        Flaw: no installed method has the quantities that it asks for.
    """
    loss = subject.build()
    graph = _graph(subject, loss)
    check_states(loss, graph, graph.values())
    for name, function in terms_of(loss).items():
        role = updated_by(function, graph.method.main)
        changed = frozenset(need for need in positional(function) if role in graph.graph.roles(need))
        if not changed:
            what = f"the term {name!r}" if name else "it"
            raise Flaw(f"{what} is to update {role!r}, and nothing that it asks for goes through that network")
        yield _example(f"term {name}" if name else graph.name, loss, function, graph, (changed,))
    for name, function in monitors_of(loss).items():
        yield _example(f"monitor {name}", loss, function, graph, ())


def trained_examples(subject: Subject) -> Iterator[Example]:
    """Each term as training computes it, from a batch and through all networks; before it, what it is computed from.

    What is to learn is the network that the term updates. A quantity may be a gradient itself, such as that which a
    gradient penalty bounds: then the term is differentiated a second time. Each quantity that a term has a gradient for
    is looked at by itself, since a term of several learns from the others where one is a constant by mistake.
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
    """Where a loss gets its quantities from."""
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
    """Which quantity no method has, or that no method has all of them."""
    known = set().union(*(known_names(method) for _, method in methods(subject.registry)))
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}"
            return Flaw(f"it asks for {name!r}, which no installed method has", mend=mend)
    return Flaw(
        f"no installed method has all that it asks for: {', '.join(dict.fromkeys(asked))}",
        mend="ask for quantities of one method (`ganforge show METHOD` lists them)",
    )
