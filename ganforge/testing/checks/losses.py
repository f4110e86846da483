"""Checks of losses and distances: means over the batch, the smallest distance, and shapes that do not match."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from ganforge.testing.check import LOSSES, Flaw, check
from ganforge.testing.compare import gap
from ganforge.testing.examples import Examples
from ganforge.testing.examples.example import Example
from ganforge.testing.examples.losses import CLASSES, VALUES
from ganforge.testing.subject import Subject

CLOSE = 1e-3
ROUNDING = 1e-5


@check(
    LOSSES,
    why="A recipe's weight would mean something different for each batch size.",
    fix="Divide by the number of samples: `.mean()` over the batch.",
)
def mean(subject: Subject) -> None:
    """Find a sum over the batch instead of a mean."""
    for example in Examples(subject):
        doubled = example.given({name: torch.cat([example.inputs[name]] * 2) for name in example.batched})
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
    for example in Examples(subject):
        far = float(_value(example))
        near = float(_value(example.given(_equal(example))))
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
    for example in Examples(subject):
        value = next(name for name in example.inputs if name in VALUES)
        whole: Tensor = example.inputs[value]
        for label, other in (("one sample", whole[:1]), ("one feature", whole[:, :1])):
            if value == "value_logits" and "reference_labels" in example.inputs and label == "one feature":
                continue  # a single class is unusual, and no mistake in shape
            try:
                with warnings.catch_warnings():
                    # torch warns of it, and the engine's dry run treats the warning as an error.
                    warnings.filterwarnings("error", message="Using a target size")
                    example.given({value: other}).run()
            except Exception:
                continue
            shapes = " with ".join(str(list(one.shape)) for one in example.given({value: other}).inputs.values())
            raise Flaw(f"{example}: it compares {shapes} (the value is {label} only)")


def _value(example: Example) -> Tensor:
    value: Tensor = example.run()["distance"]
    return value.detach()


def _equal(example: Example) -> dict[str, Any]:
    """Return the value that equals the reference."""
    given = example.inputs
    if "reference_labels" in given:
        return {"value_logits": 8.0 * torch.nn.functional.one_hot(given["reference_labels"], CLASSES).float()}
    return {f"value{name.removeprefix('reference')}": given[name] for name in given if name.startswith("reference")}
