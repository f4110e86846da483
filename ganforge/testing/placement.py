"""Checks of where and how a component computes: other precisions, memory layouts, devices, and a compiler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from ganforge.testing.check import LOSSES, NETWORKS, TENSORS, Flaw, Inapplicable, check
from ganforge.testing.example import Example
from ganforge.testing.faults import told
from ganforge.testing.outcome import not_finite, tensors, widest_gap
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import TORCH, scrambled, touched

CLOSE = 1e-3
# bf16 has 8 bits: a network's errors add up to some percent of its largest values.
CLOSE_IN_BF16 = 0.1


@check(
    TENSORS,
    finds="float32 that is built in: float64 fails, comes out as float32, or gives other values",
    why='`precision = "fp64"` is how one tells a mistake from rounding.',
    mend="Make tensors like those that come in (`x.new_zeros`, `torch.zeros_like`), and cast nothing to float32.",
)
def precision(subject: Subject) -> None:
    """In float64 it gives the same values, in float64."""
    for example in subject.examples():
        plain = example.run(train=False)
        drawn = _draws(subject, example)
        double = _run(example.to(dtype=torch.float64), "in float64")
        for name, value in tensors(double).items():
            # A monitor counts; whatever it counts in will do.
            if example.learns and value.is_floating_point() and value.dtype != torch.float64:
                raise Flaw(f"{example}: from float64, {name} comes out as {value.dtype}")
        if not drawn:
            _require_close(example, double, plain, CLOSE, "in float64")


@check(
    (*NETWORKS, "method"),
    finds="what breaks under bf16 autocast, loses its gradient there, or gives other values than float32",
    why='`precision = "bf16"` is how GPUs train; it is the default where the hardware multiplies bf16.',
    mend="Compute what needs precision in `with torch.autocast(x.device.type, enabled=False):` on `x.float()`.",
)
def autocast(subject: Subject) -> None:
    """Under autocast it gives about the same values, and finite gradients."""
    for example in subject.examples():
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
    finds="what relies on the order of an image's bytes: `view` fails on channels-last images, or gives other values",
    why="Images and weights are channels-last in training: that is the faster layout on CPUs and GPUs.",
    mend="Use `flatten` or `reshape` in the place of `view`.",
)
def channels_last(subject: Subject) -> None:
    """In the channels-last layout it gives the same values."""
    for example in subject.examples():
        plain = example.run(train=False)
        _require_close(example, _run(example.channels_last(), "channels-last"), plain, CLOSE, "channels-last")


@check(
    TENSORS,
    finds="tensors on a fixed device, and values that are read back from one (`.item()`, `float(x)`, `if x > 0`)",
    why="On a GPU the first is an error, and the second makes the GPU wait in every step.",
    mend="Make tensors on the device of those that come in, register buffers, and decide with `torch.where`.",
)
def device(subject: Subject) -> None:
    """Where inputs and networks are on another device, so are the outputs; no value is looked at."""
    for example in subject.examples():
        # The meta device has shapes and no values: what works there works on any device, and waits for none.
        outputs = _run(example.to(device="meta"), "on the device 'meta'", train=True)
        for name, value in tensors(outputs).items():
            if value.device.type != "meta":
                raise Flaw(f"{example}: {name} comes out on {value.device.type}, whatever the inputs' device")


@check(
    (*NETWORKS, *LOSSES),
    finds="what torch.compile cannot take as one graph, or computes differently",
    why="Compiling is the largest gain in speed that there is for small networks, and one graph break loses it.",
    mend="Stay in torch in what is called for each batch: no numpy, no print, no branches on values of tensors.",
)
def compile_(subject: Subject) -> None:
    """Compiled as one graph, it gives the same values."""
    for example in subject.examples()[:1] if subject.kind in NETWORKS else subject.examples():
        plain = example.run(train=False)
        # The backend that compiles nothing: what the compiler itself makes of the graph is not the component's fault.
        try:
            compiled = replace(example, call=torch.compile(example.call, backend="eager", fullgraph=True))
        except RuntimeError as error:
            raise Inapplicable(told(error)) from error  # there is no compiler for this version of Python
        torch.compiler.reset()
        try:
            with torch.no_grad():
                outputs = compiled.run(train=False)
        except Exception as error:
            raise Flaw(f"{example}: torch.compile cannot take it as one graph: {told(error)}") from error
        finally:
            torch.compiler.reset()
        _require_close(example, outputs, plain, CLOSE, "compiled")


def _draws(subject: Subject, example: Example) -> bool:
    """Whether a call draws random numbers, which are others in another precision."""
    before = scrambled()
    example.run(train=False, seed=None)
    return subject.kind == "augmentation" or TORCH in touched(before)


def _run(example: Example, how: str, *, train: bool = False) -> dict[str, Any]:
    try:
        return example.run(train=train)
    except Exception as error:
        raise Flaw(f"{example}: {how} it fails: {told(error)}") from error


def _require_close(
    example: Example, found: Mapping[str, Any], wanted: Mapping[str, Any], tolerance: float, how: str
) -> None:
    apart, name = widest_gap(found, wanted)
    if apart > tolerance:
        off = "is not finite" if apart == float("inf") else f"is off by {apart:.1%} of its largest value"
        raise Flaw(f"{example}: {how}, {name} {off}")


CHECKS = (precision, autocast, channels_last, device, compile_)
