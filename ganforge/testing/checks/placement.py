"""Checks of other precisions, memory layouts and devices, and of compilation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from ganforge.testing.check import LOSSES, NETWORKS, TENSORS, Flaw, Inapplicable, check, describe_error
from ganforge.testing.compare import not_finite, tensors, widest_gap
from ganforge.testing.examples import Examples
from ganforge.testing.examples.example import Example
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import TORCH, drawn_from, reseed

CLOSE = 1e-3
# bf16 has 8 bits of precision: a network's errors add up to some percent of its largest values.
CLOSE_IN_BF16 = 0.1


@check(
    TENSORS,
    why='`precision = "fp64"` is how one tells a mistake from rounding.',
    fix="Create tensors like the inputs (`x.new_zeros`, `torch.zeros_like`), and cast nothing to float32.",
)
def precision(subject: Subject) -> None:
    """Find hard-coded float32: float64 fails, comes out as float32, or gives other values."""
    for example in Examples(subject):
        plain = example.run(train=False)
        drawn = _draws(subject, example)
        double = _run(example.to(dtype=torch.float64), "in float64")
        for name, value in tensors(double).items():
            # A monitor may count in any type.
            if example.learns and value.is_floating_point() and value.dtype != torch.float64:
                raise Flaw(f"{example}: from float64, {name} comes out as {value.dtype}")
        if not drawn:
            _require_close(example, double, plain, CLOSE, "in float64")


@check(
    (*NETWORKS, "method"),
    why='`precision = "bf16"` is how GPUs train; it is the default where the hardware multiplies bf16.',
    fix="Compute precision-critical parts on `x.float()` in `with torch.autocast(x.device.type, enabled=False):`.",
)
def autocast(subject: Subject) -> None:
    """Find a component that fails under bf16 autocast, has no gradient there, or differs from float32."""
    for example in Examples(subject):
        plain = example.run(train=False)

        def call(given: Mapping[str, Any], example: Example = example) -> Mapping[str, Any]:
            with torch.autocast("cpu", torch.bfloat16):
                return example.call(given)

        cast = replace(example, call=call)
        outputs = _run(cast, "under bf16 autocast")
        if not _draws(subject, example):
            _require_close(example, outputs, plain, CLOSE_IN_BF16, "under bf16 autocast")
        gradients = {name: value for name, value in cast.gradients().items() if value is not None}
        if not gradients and example.learns:
            raise Flaw(f"{example}: under bf16 autocast the output has no gradient")
        if bad := not_finite(gradients):
            raise Flaw(f"{example}: under bf16 autocast, the gradient of {bad} is not finite")


@check(
    TENSORS,
    why="Images and weights are channels-last in training, which is the faster layout on CPUs and GPUs.",
    fix="Use `flatten` or `reshape` instead of `view`.",
)
def channels_last(subject: Subject) -> None:
    """Find reliance on the memory layout of images: `view` fails on channels-last images, or gives other values."""
    for example in Examples(subject):
        plain = example.run(train=False)
        _require_close(example, _run(example.channels_last(), "channels-last"), plain, CLOSE, "channels-last")


@check(
    TENSORS,
    why="On a GPU the first is an error, and the second makes every step wait for the GPU.",
    fix="Create tensors on the inputs' device, register buffers, and branch with `torch.where`.",
)
def device(subject: Subject) -> None:
    """Find tensors on a fixed device, and values read back from a device (`.item()`, `float(x)`, `if x > 0`)."""
    for example in Examples(subject):
        # The meta device has shapes and no values: a component that works there works on any device and waits for none.
        outputs = _run(example.to(device="meta"), "on the device 'meta'", train=True)
        for name, value in tensors(outputs).items():
            if value.device.type != "meta":
                raise Flaw(f"{example}: {name} comes out on {value.device.type}, whatever the inputs' device")


@check(
    (*NETWORKS, *LOSSES),
    why="Compilation is the largest gain in speed for small networks, and one graph break loses it.",
    fix="Stay in torch in code that runs for each batch: no numpy, no print, no branches on values of tensors.",
)
def compile_(subject: Subject) -> None:
    """Find a component that torch.compile cannot take as one graph, or computes differently."""
    for example in itertools.islice(Examples(subject), 1 if subject.kind in NETWORKS else None):
        plain = example.run(train=False)
        # This backend compiles nothing: a compiler's own failures are not the component's.
        try:
            compiled = replace(example, call=torch.compile(example.call, backend="eager", fullgraph=True))
        except RuntimeError as error:
            raise Inapplicable(describe_error(error)) from error  # no compiler supports this version of Python
        torch.compiler.reset()
        try:
            with torch.no_grad():
                outputs = compiled.run(train=False)
        except Exception as error:
            raise Flaw(f"{example}: torch.compile cannot take it as one graph: {describe_error(error)}") from error
        finally:
            torch.compiler.reset()
        _require_close(example, outputs, plain, CLOSE, "compiled")


def _draws(subject: Subject, example: Example) -> bool:
    """Return whether a call draws random numbers, which differ in another precision."""
    before = reseed()
    example.run(train=False, seed=None)
    return subject.kind == "augmentation" or TORCH in drawn_from(before)


def _run(example: Example, how: str, *, train: bool = False) -> dict[str, Any]:
    try:
        return example.run(train=train)
    except Exception as error:
        raise Flaw(f"{example}: {how} it fails: {describe_error(error)}") from error


def _require_close(
    example: Example, found: Mapping[str, Any], wanted: Mapping[str, Any], tolerance: float, how: str
) -> None:
    apart, name = widest_gap(found, wanted)
    if apart > tolerance:
        off = "is not finite" if apart == float("inf") else f"is off by {apart:.1%} of its largest value"
        raise Flaw(f"{example}: {how}, {name} {off}")
