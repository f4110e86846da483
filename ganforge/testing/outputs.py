"""Checks of what a component gives: that it can be called, shapes, ranges, and that everything stays finite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ganforge.testing.check import ALL, TENSORS, Flaw, check
from ganforge.testing.example import Example, fits
from ganforge.testing.outcome import not_finite, tensors
from ganforge.testing.subject import Subject

ROUNDING = 1e-5
# What unbounded inputs may well reach in a training that goes wrong: codes and class scores are never far beyond.
LARGE = 100.0


@check(
    ALL,
    finds="what cannot be built and called at all; a loss or a metric of quantities that no method has",
    why="All other checks need this one.",
    mend="Build and call it as the message says; give the options that it needs in `options`.",
)
def runs(subject: Subject) -> None:
    """It can be built and called."""
    if subject.trouble is not None:
        raise subject.trouble


@check(
    TENSORS,
    finds="outputs of another shape or type than the kind, or a method, declares; no `code_dim`, no `in_channels`",
    why="Whatever comes next is built for that shape: a wrong one ends the run, or is broadcast without a word.",
    mend="Return floating-point tensors of the shape that the message names; a loss returns a scalar.",
)
def shape(subject: Subject) -> None:
    """Outputs are tensors of the right shape."""
    for example in subject.examples():
        for name, value in example.run().items():
            if not isinstance(value, Tensor):
                raise Flaw(f"{example}: {name} is a {type(value).__name__}, not a tensor")
            if not value.is_floating_point():
                raise Flaw(f"{example}: {name} is {value.dtype}, not floating-point")
            wanted = example.shapes.get(name)
            if wanted is not None and not fits(value, wanted):
                axes = ", ".join("..." if axis is ... else "any" if axis is None else str(axis) for axis in wanted)
                raise Flaw(f"{example}: {name} is {list(value.shape)}, not [{axes}]")
        if subject.kind == "encoder":
            for attribute in ("code_dim", "in_channels"):
                if not isinstance(getattr(example.component, attribute, None), int):
                    raise Flaw(
                        f"it has no {attribute}", mend=f"set self.{attribute} in __init__: the engine asks for it"
                    )


@check(
    ("generator", "augmentation", "method"),
    finds="values outside of the range that the kind, or a method's declaration, promises",
    why="Pictures are made by inverting that range: what lies outside is clipped, and only losses see it.",
    mend="End a generator with tanh; clamp what an augmentation gives to [0, 1]; declare the range that is meant.",
)
def range_(subject: Subject) -> None:
    """Bounded outputs keep to their bounds, whatever the inputs."""
    for example in subject.examples():
        for extreme in (example, *extremes(example)):
            for name, value in tensors(extreme.run()).items():
                low, high = example.bounds.get(name, (float("-inf"), float("inf")))
                least, most = float(value.min()), float(value.max())
                if least < low - ROUNDING or most > high + ROUNDING:
                    raise Flaw(f"{extreme}: {name} runs from {least:.3g} to {most:.3g}, not from {low:g} to {high:g}")


@check(
    TENSORS,
    finds="NaN or infinity in outputs or gradients, of flat images, saturated images, zeros or large scores",
    why="Such inputs come up in any long training, and one NaN ends it.",
    mend="Use functions that are safe there (logsigmoid, log_softmax, softplus); keep roots and logs away from 0.",
)
def finite(subject: Subject) -> None:
    """Everything stays finite on inputs that are extreme, but legal."""
    for example in subject.examples():
        for extreme in (example, *extremes(example)):
            if bad := not_finite(extreme.run()):
                raise Flaw(f"{extreme}: {bad} is not finite")
            gradients = {name: value for name, value in extreme.gradients().items() if value is not None}
            if bad := not_finite(gradients):
                raise Flaw(f"{extreme}: the gradient of {bad} is not finite")


def extremes(example: Example) -> Iterator[Example]:
    """The same call with inputs that are all zero, all at one end of their range, or at both ends."""
    draw = torch.Generator().manual_seed(6)
    signs = {name: torch.rand(value.shape, generator=draw) < 0.5 for name, value in _floats(example).items()}
    for label in ("zeros", "lowest", "highest", "both ends"):
        changed = {}
        for name, value in _floats(example).items():
            low, high = example.bounds.get(name, (-LARGE, LARGE))
            lowest, highest = torch.full_like(value, low), torch.full_like(value, high)
            ends = torch.where(signs[name], highest, lowest)
            chosen = {"zeros": torch.zeros_like(value), "lowest": lowest, "highest": highest, "both ends": ends}
            changed[name] = chosen[label]
        if changed:
            yield replace(example.given(changed), label=f"{example}, inputs: {label}")


def _floats(example: Example) -> Mapping[str, Tensor]:
    """The inputs that are images, codes or scores; statistics and noise keep their values."""
    varied = sorted(example.batched - example.drawn)
    return {name: example.inputs[name] for name in varied if _is_float(example.inputs[name])}


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


CHECKS = (runs, shape, range_, finite)
