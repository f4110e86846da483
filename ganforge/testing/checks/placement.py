"""Checks of other precisions, memory layouts and devices, and of compilation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ganforge.testing.check import LOSSES, NETWORKS, TENSORS, check
from ganforge.testing.example import Example, examples_of, gap, require_finite, tensors
from ganforge.testing.flaw import Flaw, Inapplicable, describe_error
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
    for example in examples_of(subject):
        wanted = _outputs_to_match(subject, example)
        for name, value in _run(example.to(dtype=torch.float64), "in float64", wanted).items():
            # A monitor may count in any type.
            if example.learns and value.is_floating_point() and value.dtype != torch.float64:
                raise Flaw(f"{example}: from float64, {name} comes out as {value.dtype}")


@check(
    (*NETWORKS, "method"),
    why='`precision = "bf16"` is how GPUs train; it is the default where the hardware multiplies bf16.',
    fix="Compute precision-critical parts on `x.float()` in `with torch.autocast(x.device.type, enabled=False):`.",
)
def autocast(subject: Subject) -> None:
    """Find a component that fails under bf16 autocast, has no gradient there, or differs from float32."""
    for example in examples_of(subject):

        def call(given: Mapping[str, Any], example: Example = example) -> Mapping[str, Any]:
            with torch.autocast("cpu", torch.bfloat16):
                return example.call(given)

        cast = replace(example, call=call)
        _run(cast, "under bf16 autocast", _outputs_to_match(subject, example), CLOSE_IN_BF16)
        gradients = tensors(cast.gradients())
        if not gradients and example.learns:
            raise Flaw(f"{example}: under bf16 autocast the output has no gradient")
        require_finite(gradients, f"{example}: under bf16 autocast, the gradient of")


@check(
    TENSORS,
    why="Images and weights are channels-last in training, which is the faster layout on CPUs and GPUs.",
    fix="Use `flatten` or `reshape` instead of `view`.",
)
def channels_last(subject: Subject) -> None:
    """Find reliance on the memory layout of images: `view` fails on channels-last images, or gives other values."""
    for example in examples_of(subject):
        wanted = example.run(train=False)
        _run(example.channels_last(), "channels-last", wanted)


@check(
    TENSORS,
    why="On a GPU the first is an error, and the second makes every step wait for the GPU.",
    fix="Create tensors on the inputs' device, register buffers, and branch with `torch.where`.",
)
def device(subject: Subject) -> None:
    """Find tensors on a fixed device, and values read back from a device (`.item()`, `float(x)`, `if x > 0`)."""
    for example in examples_of(subject):
        # The meta device has shapes and no values: a component that works there works on any device and waits for none.
        for name, value in _run(example.to(device="meta"), "on the device 'meta'", train=True).items():
            if value.device.type != "meta":
                raise Flaw(f"{example}: {name} comes out on {value.device.type}, whatever the inputs' device")


@check(
    (*NETWORKS, *LOSSES),
    why="Compilation is the largest gain in speed for small networks, and one graph break loses it.",
    fix="Stay in torch in code that runs for each batch: no numpy, no print, no branches on values of tensors.",
)
def compile_(subject: Subject) -> None:
    """Find a component that torch.compile cannot take as one graph, or computes differently."""
    for example in itertools.islice(examples_of(subject), 1 if subject.kind in NETWORKS else None):
        wanted = example.run(train=False)
        # This backend compiles nothing: a compiler's own failures are not the component's.
        try:
            compiled = replace(example, call=torch.compile(example.call, backend="eager", fullgraph=True))
        except RuntimeError as error:
            raise Inapplicable(describe_error(error)) from error  # no compiler supports this version of Python
        torch.compiler.reset()
        try:
            with torch.no_grad():
                _run(compiled, "compiled by torch.compile as one graph", wanted)
        finally:
            torch.compiler.reset()


def _outputs_to_match(subject: Subject, example: Example) -> dict[str, Any] | None:
    """Return the outputs; None if the call draws random numbers, which differ in another precision."""
    before = reseed()
    outputs = example.run(train=False, seed=None)
    return None if subject.kind == "augmentation" or TORCH in drawn_from(before) else outputs


def _run(
    example: Example,
    how: str,
    wanted: Mapping[str, Any] | None = None,
    tolerance: float = CLOSE,
    *,
    train: bool = False,
) -> dict[str, Tensor]:
    """Return the tensors among the outputs; raise Flaw if the call fails, or they differ from the wanted outputs."""
    try:
        found = tensors(example.run(train=train))
    except Exception as error:
        raise Flaw(f"{example}: {how} it fails: {describe_error(error)}") from error
    for name, value in tensors(wanted or {}).items():
        apart = gap(found[name], value) if name in found else 0.0
        if apart > tolerance:
            off = "is not finite" if apart == float("inf") else f"is off by {apart:.1%} of its largest value"
            raise Flaw(f"{example}: {how}, {name} {off}")
    return found
