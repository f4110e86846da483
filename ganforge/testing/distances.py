"""Checks of distances: that what is near is near, and that shapes which do not fit are not broadcast."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from ganforge.testing.check import Flaw, check
from ganforge.testing.distance_examples import CLASSES, VALUES
from ganforge.testing.example import Example
from ganforge.testing.subject import Subject

ROUNDING = 1e-5


@check(
    "distance",
    finds="a distance that is negative, or smaller to something else than to the reference itself",
    why="Minimising it would lead away from what is wanted: a sign or an order of arguments is wrong.",
    mend="Make it 0 or more, and smallest where the value is the reference, or its scores are those of the labels.",
)
def nearest(subject: Subject) -> None:
    """What equals the reference is nearer than anything else."""
    for example in subject.examples():
        far = float(_value(example))
        near = float(_value(example.given(_equal(example))))
        if near < -ROUNDING or far < -ROUNDING:
            raise Flaw(f"{example}: it is {min(near, far):.4g}, below 0")
        if near >= far:
            raise Flaw(f"{example}: to the reference itself it is {near:.4g}, to something else {far:.4g}")


@check(
    "distance",
    finds="shapes that do not fit and are broadcast without a word",
    why="The mean over all pairs of two batches looks like a distance, and trains nothing.",
    mend="Raise ShapeError where the shapes differ, before anything is computed.",
)
def broadcast(subject: Subject) -> None:
    """Tensors of different shapes are refused."""
    for example in subject.examples():
        value = next(name for name in example.inputs if name in VALUES)
        whole: Tensor = example.inputs[value]
        for label, other in (("one sample", whole[:1]), ("one feature", whole[:, :1])):
            if value == "value_logits" and "reference_labels" in example.inputs and label == "one feature":
                continue  # a single class is unusual, and no mistake in shape
            try:
                with warnings.catch_warnings():
                    # torch warns of it, and the engine's dry run takes the warning for a mistake.
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
    """The value that equals the reference."""
    given = example.inputs
    if "reference_labels" in given:
        return {"value_logits": 8.0 * torch.nn.functional.one_hot(given["reference_labels"], CLASSES).float()}
    return {f"value{name.removeprefix('reference')}": given[name] for name in given if name.startswith("reference")}


CHECKS = (nearest, broadcast)
