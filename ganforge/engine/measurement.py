"""Measuring in a run: rehearsed before training, when a metric may still refuse; later, a failing one is only noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ganforge.errors import GanforgeError, RecipeError
from ganforge.judge import metric_of
from ganforge.measuring.evaluator import Evaluator, Measured, NotFinite, OnFailure
from ganforge.measuring.image_sets import ImageSets
from ganforge.watching.listener import Listener

REHEARSED = 1000
"""Inputs of each set in the rehearsal; a set on which it fails is rehearsed in full."""


def require_measurable(
    evaluator: Evaluator, networks: Mapping[str, nn.Module], sets: ImageSets, listener: Listener
) -> None:
    """Measure untrained networks on each set of inputs; change nothing.

    Any other error than a metric's refusal may be due to the networks, and is only noted.

    Raises:
        RecipeError: a metric refuses the images, such as too few of them; or none selects.
    """
    document = evaluator.plan.recipe.document

    def refuse(metric: str, image_set: str, error: Exception) -> None:
        if isinstance(error, GanforgeError) and not isinstance(error, NotFinite):
            raise RecipeError(
                f"the metric {metric!r} cannot be measured on {image_set}: {error.message}",
                where=error.where or document.where(("metrics", metric)),
                fix=error.fix or f"change or remove [metrics.{metric}], or measure other images",
            ) from error
        if not isinstance(error, GanforgeError):
            listener.note(f"warning: before training, {without_value(metric, image_set, error)}")

    with torch.random.fork_rng():
        for name, inputs in evaluator.inputs(sets).items():
            targets, few = evaluator.targets(name, sets), inputs.first(REHEARSED)
            try:
                values = evaluator.measure(networks, few, "running", targets=targets, on_failure=refuse)
            except RecipeError:
                if len(few) == len(inputs):
                    raise
                values = evaluator.measure(networks, inputs, "running", targets=targets, on_failure=refuse)
            if name == "validation" and evaluator.plan.recipe.train.select is not None:
                require_score(evaluator, values)


def without_value(metric: str, image_set: str, error: Exception) -> str:
    """Return a sentence on a metric that could not be computed."""
    reason = error.message if isinstance(error, GanforgeError) else f"{type(error).__name__}: {error}"
    return f"{metric} has no value on {image_set}: {reason}"


def note_failures(listener: Listener) -> OnFailure:
    """Return a function that notes each metric without a value, once for each reason."""
    said: set[str] = set()

    def note(metric: str, image_set: str, error: Exception) -> None:
        text = without_value(metric, image_set, error)
        if text not in said:
            said.add(text)
            listener.note(text)

    return note


def validation(
    evaluator: Evaluator, sets: ImageSets, listener: Listener, on_failure: OnFailure
) -> Callable[[Mapping[str, nn.Module]], dict[str, float]] | None:
    """Return the function that measures networks on validation images; refuse images unfit for the selecting metric."""
    inputs, targets = evaluator.inputs(sets).get("validation"), evaluator.targets("validation", sets)
    recipe = evaluator.plan.recipe
    name = (recipe.select or "").split("/")[0]
    metric = evaluator.plan.metrics.get(name)
    if inputs is None or metric is None:
        listener.note("the last step is kept: nothing selects")
    elif missing := sorted(evaluator.lacking(inputs, targets).intersection(metric.needs)):
        lacks = f"validation has no {' and no '.join(missing)}"
        if recipe.train.select is not None:
            where = recipe.document.where(("train", "select"))
            raise RecipeError(f"{name!r} cannot select: {lacks}", where=where, fix="select by another metric")
        listener.note(f"the last step is kept: nothing selects, as {lacks} for {name!r}")
    return (
        None
        if inputs is None
        else (lambda networks: evaluator.measure(networks, inputs, targets=targets, on_failure=on_failure))
    )


def require_score(evaluator: Evaluator, values: Mapping[str, float]) -> None:
    """Make sure that validation measures the metric, or the part of one, that the recipe selects by."""
    if evaluator.score(values) is None:
        recipe = evaluator.plan.recipe
        select, where = recipe.select or "", recipe.document.where(("train", "select"))
        parts = ", ".join(name for name in values if metric_of(name) == select.split("/")[0])
        raise RecipeError(f"validation gives no {select!r} to select by", where=where, fix=f"it gives: {parts}")


def measure_sets(
    evaluator: Evaluator,
    networks: Mapping[str, nn.Module],
    sets: ImageSets,
    mode: str,
    watch: Callable[[Measured], None] | None = None,
    on_failure: OnFailure | None = None,
) -> dict[str, Any]:
    """Measure networks on each set of inputs; return the number of images and the metrics by set."""
    results = {}
    for name, inputs in evaluator.inputs(sets).items():
        targets = evaluator.targets(name, sets)
        results[name] = {"images": len(inputs), **evaluator.measure(networks, inputs, mode, watch, targets, on_failure)}
    return results
