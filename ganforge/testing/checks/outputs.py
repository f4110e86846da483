"""Checks of outputs: that there are any, their shapes, ranges and gradients, finite values, and any batch size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from ganforge.method import PROGRESS
from ganforge.testing.check import ALL, NETWORKS, TENSORS, check
from ganforge.testing.checks.losses import trained_examples
from ganforge.testing.example import (
    Example,
    axes,
    examples_of,
    fits,
    gap,
    is_float,
    require_finite,
    tensors,
    trouble_of,
)
from ganforge.testing.flaw import Flaw, describe_error
from ganforge.testing.subject import Subject

ROUNDING = 1e-5
CLOSE = 1e-3
# A value that codes and class scores may reach when a training diverges.
LARGE = 100.0
THROUGH = (
    "Pass `create_graph=True` to a `torch.autograd.grad` that is differentiated again; detach in the loss itself what "
    "is to be a constant."
)


@check(
    ALL,
    why="All other checks depend on this one.",
    fix="Build and call it as the message says; give the options that it needs in `options`.",
    calls=False,
)
def runs(subject: Subject) -> None:
    """Find a component that cannot be built or called at all; a loss or a metric of quantities that no method has."""
    if (trouble := trouble_of(subject)) is not None:
        raise trouble


@check(
    TENSORS,
    why="The next component is built for that shape: a wrong one ends the run, or is broadcast silently.",
    fix="Return floating-point tensors of the shape that the message names; a loss returns a scalar.",
)
def shape(subject: Subject) -> None:
    """Find outputs of another shape or type than the kind, or a method, declares; no `code_dim` or `in_channels`."""
    for example in examples_of(subject):
        for name, value in example.run().items():
            if not isinstance(value, Tensor):
                raise Flaw(f"{example}: {name} is a {type(value).__name__}, not a tensor")
            if not value.is_floating_point():
                raise Flaw(f"{example}: {name} is {value.dtype}, not floating-point")
            wanted = example.shapes.get(name)
            if wanted is not None and not fits(value, wanted):
                raise Flaw(f"{example}: {name} is {list(value.shape)}, not {axes(wanted)}")
        for attribute in ("code_dim", "in_channels") if subject.kind == "encoder" else ():
            if not isinstance(getattr(example.component, attribute, None), int):
                raise Flaw(f"it has no {attribute}", fix=f"set self.{attribute} in __init__: the engine asks for it")


@check(
    ("generator", "augmentation", "method"),
    why="Pictures are made by inverting that range: values outside are clipped, and only losses see them.",
    fix="End a generator with tanh; clamp an augmentation's output to [0, 1]; declare the intended range.",
)
def range_(subject: Subject) -> None:
    """Find values outside the range that the kind, or a method, declares."""
    for example in _with_extremes(subject):
        for name, value in tensors(example.run()).items():
            low, high = example.bounds.get(name, (float("-inf"), float("inf")))
            least, most = float(value.min()), float(value.max())
            if least < low - ROUNDING or most > high + ROUNDING:
                raise Flaw(f"{example}: {name} runs from {least:.3g} to {most:.3g}, not from {low:g} to {high:g}")


@check(
    TENSORS,
    why="Such inputs occur in any long training, and one NaN ends it.",
    fix="Use functions that are stable there (logsigmoid, log_softmax, softplus); keep roots and logs away from 0.",
)
def finite(subject: Subject) -> None:
    """Find NaN or infinity in outputs or gradients for flat images, saturated images, zeros or large scores."""
    for example in _with_extremes(subject):
        require_finite(example.run(), f"{example}:")
        require_finite(example.gradients(), f"{example}: the gradient of")


@check(
    TENSORS,
    why="A tensor that no gradient reaches is never trained, and nothing in the run shows it.",
    fix="Stay in torch from input to output: no detach, .data, .item(), numpy or argmax; use every parameter.",
)
def gradient(subject: Subject) -> None:
    """Find a gradient that is missing, detached or 0: of parameters, of inputs, of the network that a loss trains."""
    for example in examples_of(subject):
        _require_gradients(example)
    for example in trained_examples(subject) if subject.kind == "loss" else ():
        _require_gradients(example, fix=THROUGH)


@check(
    tuple(kind for kind in TENSORS if kind != "method"),
    why="Recipes choose the batch size, the dry run uses two images, and a user transfers one.",
    fix="Take sizes from the input; in eval mode use running statistics.",
)
def batch(subject: Subject) -> None:
    """Find a hard-coded batch size; in eval mode, a result that depends on the other images of the batch."""
    network = subject.kind in NETWORKS
    for example in examples_of(subject):
        whole = example.run(train=False)
        for count in (1, 3) if network else (2, 5):
            try:
                rows = {name: example.inputs[name][:count] for name in example.batched}
                part = example.with_inputs(rows).run(train=False)
            except Exception as error:
                raise Flaw(f"{example}: a batch of {count} fails: {describe_error(error)}") from error
            require_finite(part, f"{example}: of a batch of {count},")
            for name, value in part.items():
                wanted = whole[name].shape if whole[name].ndim == 0 else (count, *whole[name].shape[1:])
                if tuple(value.shape) != tuple(wanted):
                    raise Flaw(f"{example}: of a batch of {count}, {name} is {list(value.shape)}")
                if network and gap(value, whole[name][:count]) > CLOSE:
                    raise Flaw(f"{example}: {name} of an image changes with the other images of its batch")


def _with_extremes(subject: Subject) -> Iterator[Example]:
    """Yield each call, also with zeros and the ends of the inputs' ranges, and at both ends of a training."""
    for example in examples_of(subject):
        draw = torch.Generator().manual_seed(6)
        changes: dict[str, dict[str, Tensor]] = {"": {}}
        # Images, codes and scores are changed; statistics and noise keep their values.
        for name in sorted(name for name in example.batched - example.drawn if is_float(example.inputs[name])):
            value = example.inputs[name]
            lowest, highest = (torch.full_like(value, end) for end in example.bounds.get(name, (-LARGE, LARGE)))
            ends = torch.where(torch.rand(value.shape, generator=draw) < 0.5, highest, lowest)
            chosen = {"zeros": torch.zeros_like(value), "lowest": lowest, "highest": highest, "both ends": ends}
            for label, extreme in chosen.items():
                changes.setdefault(f", inputs: {label}", {})[name] = extreme
        if PROGRESS in example.inputs:
            changes |= {f", progress {end:g}": {PROGRESS: torch.tensor(end)} for end in (0.0, 1.0)}
        for label, changed in changes.items():
            yield replace(example.with_inputs(changed), label=f"{example}{label}")


def _require_gradients(example: Example, *, fix: str | None = None) -> None:
    if not example.learns:
        return
    gradients = example.gradients()
    if not gradients:
        raise Flaw(f"{example}: the output has no gradient", fix=fix)
    for group in example.learns:
        found = {name: gradients[name] for name in sorted(group)}
        names = " or ".join(found)
        arrived = [value for value in found.values() if value is not None]
        if not arrived:
            raise Flaw(f"{example}: no gradient reaches {names}", fix=fix)
        if not any(bool(value.any()) for value in arrived):
            raise Flaw(f"{example}: the gradient of {names} is 0 everywhere", fix=fix)
