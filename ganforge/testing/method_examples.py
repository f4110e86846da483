"""All quantities of a method, computed of random images by stand-in networks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ganforge.testing.example import Example, Shape
from ganforge.testing.small_graph import SmallGraph, small_graph
from ganforge.testing.subject import Subject

BATCH = 8
SHAPE = re.compile(r"(?:\w+ )?\[(?P<axes>[\w ,]*)\]")
RANGE = re.compile(r"in \[(?P<low>-?[\d.]+), (?P<high>-?[\d.]+)\]")


def method_examples(subject: Subject) -> Iterator[Example]:
    """A method at work."""
    graph = small_graph(subject, BATCH)

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        values = graph.values(given)
        return {name: values[name] for name in graph.graph.quantities}

    yield Example(
        "with stand-in networks",
        graph.method,
        call,
        graph.leaves,
        graph.networks,
        shapes=_shapes(graph),
        bounds=_bounds(graph),
        batched=frozenset(graph.graph.leaves),
        learns=tuple(graph.parameters(role) for role, one in graph.method.networks.items() if one.trained),
    )


def declared_shape(words: str, graph: SmallGraph) -> tuple[int | None, ...] | None:
    """The shape that a method declares; None where it declares none, and for axes of which nothing is known.

    A word stands for what it does everywhere, such as `code_dim`, or else for the method's own number of that name.
    """
    declared = SHAPE.match(words)
    if declared is None:
        return None
    axes = [axis.strip() for axis in declared["axes"].split(",") if axis.strip()]
    return tuple(int(axis) if axis.isdecimal() else _size(axis, graph) for axis in axes)


def _size(axis: str, graph: SmallGraph) -> int | None:
    own = getattr(graph.method, axis, None)
    return graph.dimensions.get(axis, own if type(own) is int else None)


def _shapes(graph: SmallGraph) -> dict[str, Shape]:
    shapes = {name: declared_shape(quantity.shape, graph) for name, quantity in graph.graph.quantities.items()}
    return {name: shape for name, shape in shapes.items() if shape is not None}


def _bounds(graph: SmallGraph) -> dict[str, tuple[float, float]]:
    declared = {name: RANGE.search(quantity.shape) for name, quantity in graph.graph.quantities.items()}
    found = {name: (float(one["low"]), float(one["high"])) for name, one in declared.items() if one}
    return found | {name: (-1.0, 1.0) for name in graph.graph.leaves.values()}
