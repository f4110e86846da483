"""Calls of metrics on random pictures, with stand-in networks and judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganforge.data.transform import to_pictures
from ganforge.marks import marks_of
from ganforge.meaning import Meanings
from ganforge.plugins import positional
from ganforge.quantities.metrics import GIVEN, judges_read, offered
from ganforge.testing.check import Flaw
from ganforge.testing.examples.example import Example
from ganforge.testing.examples.methods import SmallGraph, fitting_graphs
from ganforge.testing.examples.stand_ins import SIZE, Judge
from ganforge.testing.subject import Subject

MANY = 60


def metric_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of a metric on a set of images.

    Raises:
        Flaw: it asks for what measuring does not give.
    """
    yield metric_example(subject, MANY)


def metric_example(subject: Subject, count: int) -> Example:
    """Return a call of a metric on a number of images, and a few more real ones to compare with."""
    metric = subject.build()
    needs = positional(metric)
    read = judges_read(metric)
    graph = _graph(subject, [need for need in needs if need not in GIVEN], count)
    with torch.no_grad():
        values = graph.values()
        output = values[graph.method.output]
        quantities: dict[str, Tensor] = {need: values[need].detach() for need in needs if need not in GIVEN}
    draw = np.random.default_rng(4)
    real = count + max(1, count // 10)
    given: dict[str, Any] = {
        "inputs": draw.integers(0, 256, (count, *SIZE, 3), np.uint8),
        "outputs": to_pictures((output + 1) / 2) if output.ndim == 4 else output,
        "labels": torch.arange(count) % 10,
        "judges": {"first": Judge(read), "second": Judge(read, 9)},
        "targets": draw.integers(0, 256, (real, *SIZE, 3), np.uint8),
        "target_labels": torch.arange(real) % 10,
        "partners": draw.integers(0, 256, (count, *SIZE, 3), np.uint8),
    }

    def call(inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"value": metric(*(inputs[need] for need in needs))}

    declared = marks_of(metric).meanings.items()
    return Example(
        f"{count} images",
        metric,
        call,
        {need: (given | quantities)[need] for need in needs},
        meanings=Meanings({f"value/{part}" if part else "value": meaning for part, meaning in declared}),
    )


def _graph(subject: Subject, quantities: list[str], count: int) -> SmallGraph:
    """Return a graph of a method that computes the quantities from its inputs and networks alone, as measuring does."""
    asked = set(positional(subject.build()))
    for found in fitting_graphs(subject, quantities, count):
        method = found.method
        fits = [
            all(found.graph.sources(name) <= {*method.inputs, *found.graph.networks} for name in quantities),
            not any(map(found.graph.is_statistic, quantities)),
            method.pictures_like is not None or "outputs" not in asked,
            asked & GIVEN <= offered(type(method)),
        ]
        if all(fits):
            return found
    raise Flaw(
        f"no installed method gives {', '.join(quantities) or 'pictures'} when images are measured",
        fix=f"ask for quantities that come from a method's inputs alone, or for {', '.join(sorted(GIVEN))}",
    )
