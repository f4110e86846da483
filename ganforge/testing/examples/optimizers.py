"""Calls of optimizers, on a problem with a known solution, and of schedulers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.testing.check import Flaw
from ganforge.testing.examples.example import Example
from ganforge.testing.subject import Subject

STEPS = 5
# Steps at the start, in the middle and at the end, and the lengths of their trainings.
TRAININGS = ((0, 1), (0, 100), (1, 100), (50, 100), (98, 100), (99, 100), (99_999, 100_000))


def optimizer_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of a few steps.

    Raises:
        Flaw: it is no torch.optim.Optimizer.
    """

    def call(given: Mapping[str, Any]) -> dict[str, Tensor]:
        weights = parameters()
        optimizer = started(subject, weights)
        for _ in range(STEPS):
            step(optimizer, weights)
        return {f"parameter {index}": weight.detach() for index, weight in enumerate(weights)}

    yield Example(f"{STEPS} steps", None, call, {})


def parameters() -> list[nn.Parameter]:
    """Return a matrix and a vector far from the solution."""
    draw = torch.Generator().manual_seed(5)
    return [nn.Parameter(3 * torch.randn(6, 4, generator=draw)), nn.Parameter(3 * torch.randn(4, generator=draw))]


def started(subject: Subject, weights: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimizer of some parameters, with the learning rates that the engine records.

    Raises:
        Flaw: it is no torch.optim.Optimizer, or its groups have no `lr`.
    """
    optimizer = subject.build()(list(weights))
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise Flaw(
            f"called with parameters it gives a {type(optimizer).__name__}",
            fix="return a torch.optim.Optimizer of the parameters",
        )
    for group in optimizer.param_groups:
        if "lr" not in group:
            raise Flaw("its param_groups have no `lr`, which schedules change", fix='keep the rate in group["lr"]')
        group.setdefault("initial_lr", group["lr"])
    return optimizer


def step(optimizer: torch.optim.Optimizer, weights: Sequence[nn.Parameter]) -> float:
    """Make one step and return the loss before it."""
    loss = objective(weights)
    gradients = torch.autograd.grad(loss, list(weights))
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
    optimizer.step()
    for weight in weights:
        weight.grad = None
    return float(loss.detach())


def objective(weights: Sequence[nn.Parameter]) -> Tensor:
    """Return the sum of squared differences from 1."""
    return torch.stack([(weight - 1).square().sum() for weight in weights]).sum()


def scheduler_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call at each of several steps."""
    function = subject.build()

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        return {"factor": function(given["step"], given["steps"])}

    for step, steps in TRAININGS:
        yield Example(f"step {step} of {steps}", function, call, {"step": step, "steps": steps})
