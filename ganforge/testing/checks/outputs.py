"""Checks of outputs: that there are any, their shapes, ranges and gradients, finite values, and any batch size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ganforge.method import PROGRESS
from ganforge.testing.check import ALL, NETWORKS, TENSORS, Flaw, check, describe_error
from ganforge.testing.compare import gap, not_finite, tensors
from ganforge.testing.examples import Examples
from ganforge.testing.examples.example import Example, axes, fits
from ganforge.testing.examples.losses import trained_examples
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
)
def runs(subject: Subject) -> None:
    """Find a component that cannot be built or called at all; a loss or a metric of quantities that no method has."""
    trouble = Examples(subject).trouble
    if trouble is not None:
        raise trouble


@check(
    TENSORS,
    why="The next component is built for that shape: a wrong one ends the run, or is broadcast silently.",
    fix="Return floating-point tensors of the shape that the message names; a loss returns a scalar.",
)
def shape(subject: Subject) -> None:
    """Find outputs of another shape or type than the kind, or a method, declares; no `code_dim` or `in_channels`."""
    for example in Examples(subject):
        for name, value in example.run().items():
            if not isinstance(value, Tensor):
                raise Flaw(f"{example}: {name} is a {type(value).__name__}, not a tensor")
            if not value.is_floating_point():
                raise Flaw(f"{example}: {name} is {value.dtype}, not floating-point")
            wanted = example.shapes.get(name)
            if wanted is not None and not fits(value, wanted):
                raise Flaw(f"{example}: {name} is {list(value.shape)}, not {axes(wanted)}")
        if subject.kind == "encoder":
            for attribute in ("code_dim", "in_channels"):
                if not isinstance(getattr(example.component, attribute, None), int):
                    raise Flaw(
                        f"it has no {attribute}", fix=f"set self.{attribute} in __init__: the engine asks for it"
                    )


@check(
    ("generator", "augmentation", "method"),
    why="Pictures are made by inverting that range: values outside are clipped, and only losses see them.",
    fix="End a generator with tanh; clamp an augmentation's output to [0, 1]; declare the intended range.",
)
def range_(subject: Subject) -> None:
    """Find values outside the range that the kind, or a method, declares."""
    for example in Examples(subject):
        for extreme in (example, *extremes(example)):
            for name, value in tensors(extreme.run()).items():
                low, high = example.bounds.get(name, (float("-inf"), float("inf")))
                least, most = float(value.min()), float(value.max())
                if least < low - ROUNDING or most > high + ROUNDING:
                    raise Flaw(f"{extreme}: {name} runs from {least:.3g} to {most:.3g}, not from {low:g} to {high:g}")


@check(
    TENSORS,
    why="Such inputs occur in any long training, and one NaN ends it.",
    fix="Use functions that are stable there (logsigmoid, log_softmax, softplus); keep roots and logs away from 0.",
)
def finite(subject: Subject) -> None:
    """Find NaN or infinity in outputs or gradients for flat images, saturated images, zeros or large scores."""
    for example in Examples(subject):
        for extreme in (example, *extremes(example)):
            if bad := not_finite(extreme.run()):
                raise Flaw(f"{extreme}: {bad} is not finite")
            gradients = {name: value for name, value in extreme.gradients().items() if value is not None}
            if bad := not_finite(gradients):
                raise Flaw(f"{extreme}: the gradient of {bad} is not finite")


@check(
    TENSORS,
    why="A tensor that no gradient reaches is never trained, and nothing in the run shows it.",
    fix="Stay in torch from input to output: no detach, .data, .item(), numpy or argmax; use every parameter.",
)
def gradient(subject: Subject) -> None:
    """Find a gradient that is missing, detached or 0: of parameters, of inputs, of the network that a loss trains."""
    for example in Examples(subject):
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
    for example in Examples(subject):
        whole = example.run(train=False)
        for count in (1, 3) if network else (2, 5):
            try:
                part = example.rows(count).run(train=False)
            except Exception as error:
                raise Flaw(f"{example}: a batch of {count} fails: {describe_error(error)}") from error
            if bad := not_finite(part):
                raise Flaw(f"{example}: of a batch of {count}, {bad} is not finite")
            for name, value in part.items():
                wanted = whole[name].shape if whole[name].ndim == 0 else (count, *whole[name].shape[1:])
                if tuple(value.shape) != tuple(wanted):
                    raise Flaw(f"{example}: of a batch of {count}, {name} is {list(value.shape)}")
                if network and gap(value, whole[name][:count]) > CLOSE:
                    raise Flaw(f"{example}: {name} of an image changes with the other images of its batch")


def extremes(example: Example) -> Iterator[Example]:
    """Yield the same call with extreme inputs, zeros and ends of their range, and at both ends of a training."""
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
    for progress in (0.0, 1.0) if PROGRESS in example.inputs else ():
        changed = {PROGRESS: torch.full_like(example.inputs[PROGRESS], progress)}
        yield replace(example.given(changed), label=f"{example}, progress {progress:g}")


def _floats(example: Example) -> Mapping[str, Tensor]:
    """Return the inputs that are images, codes or scores; statistics and noise keep their values."""
    varied = sorted(example.batched - example.drawn)
    return {name: example.inputs[name] for name in varied if _is_float(example.inputs[name])}


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


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
