"""Metrics and schedulers: examples, and checks that results are numbers, also for few images, and fit their units."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganforge.data.transform import to_pictures
from ganforge.errors import GanforgeError
from ganforge.marks import marks_of
from ganforge.meaning import Meanings
from ganforge.plugins import positional
from ganforge.quantities.metrics import GIVEN, judges_read, offered
from ganforge.testing.check import check
from ganforge.testing.example import Example, builds_examples, call_of, examples_of, tensors
from ganforge.testing.flaw import Flaw, describe_error
from ganforge.testing.graphs import SIZE, Judge, SmallGraph, fitting_graphs
from ganforge.testing.subject import Subject

MANY = 60
# Steps at the start, in the middle and at the end, and the lengths of their trainings.
TRAININGS = ((0, 1), (0, 100), (1, 100), (50, 100), (98, 100), (99, 100), (99_999, 100_000))
ROUNDING = 1e-6
LIMITS = {"share": (0.0, 1.0), "distance": (0.0, math.inf), "count": (0.0, math.inf)}


@builds_examples("scheduler")
def scheduler_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call at each of several steps."""
    function = subject.build()
    for step, steps in TRAININGS:
        call = call_of(function, ("step", "steps"), "factor")
        yield Example(f"step {step} of {steps}", function, call, {"step": step, "steps": steps})


@builds_examples("metric")
def metric_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of a metric on a set of images."""
    yield _example(subject, MANY)


def _example(subject: Subject, count: int) -> Example:
    """Return a call of a metric on a number of images, and a few more real ones to compare with.

    Raises:
        Flaw: it asks for what measuring does not give.
    """
    metric = subject.build()
    needs = positional(metric)
    read = judges_read(metric)
    graph = _graph(subject, needs, count)
    with torch.no_grad():
        values = graph.values()
        output = values[graph.method.output]
        quantities: dict[str, Tensor] = {need: values[need].detach() for need in needs if need not in GIVEN}
    draw = np.random.default_rng(4)
    real = count + max(1, count // 10)
    for need in quantities.keys() & _of_targets(graph):
        # There are more real images than inputs.
        quantities[need] = torch.cat([quantities[need], quantities[need][: real - count] * 0.9])
    given: dict[str, Any] = {
        "inputs": draw.integers(0, 256, (count, *SIZE, 3), np.uint8),
        "outputs": to_pictures((output + 1) / 2) if output.ndim == 4 else output,
        "labels": torch.arange(count) % 10,
        "judges": {"first": Judge(read), "second": Judge(read, 9)},
        "targets": draw.integers(0, 256, (real, *SIZE, 3), np.uint8),
        "target_labels": torch.arange(real) % 10,
        "examples": draw.integers(0, 256, (real, *SIZE, 3), np.uint8),
        "partners": draw.integers(0, 256, (count, *SIZE, 3), np.uint8),
    }
    declared = marks_of(metric).meanings.items()
    return Example(
        f"{count} images",
        metric,
        call_of(metric, needs, "value"),
        {need: (given | quantities)[need] for need in needs},
        meanings=Meanings({f"value/{part}" if part else "value": meaning for part, meaning in declared}),
    )


def _of_targets(found: SmallGraph) -> set[str]:
    """Return the quantities of the images that outputs look like, by networks that are never trained."""
    method, graph = found.method, found.graph
    untrained = {role for role, described in method.networks.items() if not described.trained}
    if method.pictures_like is None or method.pictures_like in method.inputs:
        return set()
    images = {*untrained, method.pictures_like}
    return {name for name in graph.quantities if method.pictures_like in graph.measured_from(name) <= images}


def _graph(subject: Subject, needs: tuple[str, ...], count: int) -> SmallGraph:
    """Return a graph of a method that computes the quantities from its inputs and networks alone, as measuring does."""
    quantities = [need for need in needs if need not in GIVEN]
    for found in fitting_graphs(subject, quantities, count):
        method, graph = found.method, found.graph
        if (
            all(
                graph.measured_from(name) <= {*method.inputs, *graph.networks} or name in _of_targets(found)
                for name in quantities
            )
            and graph.statistics.isdisjoint(quantities)
            and (method.pictures_like is not None or "outputs" not in needs)
            and GIVEN & {*needs} <= offered(type(method))
        ):
            return found
    raise Flaw(
        f"no installed method gives {', '.join(quantities) or 'pictures'} when images are measured",
        fix=f"ask for quantities that come from a method's inputs alone, or for {', '.join(sorted(GIVEN))}",
    )


@check(
    ("metric", "scheduler"),
    why="They are written into the journal and compared; a negative factor would reverse training.",
    fix="Return `float(value)`; a metric may return a dict of floats.",
)
def numbers(subject: Subject) -> None:
    """Find results that are not plain finite numbers: tensors, None, NaN; negative ones of a scheduler."""
    for example in examples_of(subject):
        for result in example.run().values():
            _require_numbers(str(example), result)
            if subject.kind == "scheduler" and result < 0:
                raise Flaw(f"{example}: the factor is {result}")


@check(
    "metric",
    why="A recipe may hold out few images, and then the run would end at its first validation.",
    fix="Raise DataError when there are too few images, saying how many are needed.",
)
def few(subject: Subject) -> None:
    """Find NaN, or an exception that does not explain itself, for one or two images."""
    for count in (1, 2):
        try:
            [result] = _example(subject, count).run().values()
        except Exception as error:
            if isinstance(error, GanforgeError) and not isinstance(error, Flaw):
                continue
            raise Flaw(f"of {count} images: {describe_error(error)}") from error
        _require_numbers(f"{count} images", result)


@check(
    ("metric", "loss"),
    why="Reports, tables and the choice of a checkpoint depend on units and directions; names mean nothing to them.",
    fix='Declare them: @metric(unit="distance", better="lower"), by part where parts differ; @monitor(unit="share").',
)
def meaning(subject: Subject) -> None:
    """Find a metric, or a part of one, without a unit; values of metrics and monitors that their unit rules out."""
    for example in examples_of(subject):
        if example.meanings is None:
            continue
        for name, value in tensors(example.run()).items():
            unit = example.meanings[name].unit
            if unit is None:
                raise Flaw(f"{name.partition('/')[2] or 'its value'} has no unit")
            low, high = LIMITS.get(unit, (-math.inf, math.inf))
            if not low - ROUNDING <= float(value) <= high + ROUNDING:
                raise Flaw(f"{example}: {name} is {float(value):.4g}, which is no {unit}")


def _require_numbers(label: str, result: Any) -> None:
    if not isinstance(result, Mapping):
        result = {"the value": result}
    elif not result or not all(isinstance(name, str) for name in result):
        raise Flaw(f"{label}: it gives {dict(result)!r}, which names no numbers")
    for name, value in result.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Flaw(f"{label}: {name} is a {type(value).__name__}, not a number")
        if not math.isfinite(value):
            raise Flaw(f"{label}: {name} is {value}")
