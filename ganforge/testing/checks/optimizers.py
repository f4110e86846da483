"""Checks of optimizers: that they minimise, follow the learning rate, skip unused parameters, and resume."""

from __future__ import annotations

import json

import torch
from torch import nn

from ganforge.testing.check import Flaw, check
from ganforge.testing.examples import Examples
from ganforge.testing.examples.optimizers import objective, parameters, started, step
from ganforge.testing.subject import Subject
from ganforge.training.update import capture_optimizer, restore_optimizer

STEPS = 20
STEPS_BEFORE_RESUMING = 3


@check(
    "optimizer",
    why="It would not train anything.",
    fix="Check the sign of the step, and the defaults.",
)
def descent(subject: Subject) -> None:
    """Find steps that do not reduce the loss."""
    Examples(subject).require()
    weights = parameters()
    optimizer = started(subject, weights)
    losses = [step(optimizer, weights) for _ in range(STEPS)]
    last = float(objective(weights).detach())
    if not last < losses[0]:
        raise Flaw(f"after {STEPS} steps on a sum of squares, the loss went from {losses[0]:.6g} to {last:.6g}")


@check(
    "optimizer",
    why="Schedules set it in every step, and would have no effect.",
    fix='Read `group["lr"]` in each step, and multiply the whole step by it, weight decay included.',
)
def rate(subject: Subject) -> None:
    """Find steps that ignore `group["lr"]`."""
    Examples(subject).require()
    weights = parameters()
    optimizer = started(subject, weights)
    step(optimizer, weights)
    before = [weight.detach().clone() for weight in weights]
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    step(optimizer, weights)
    if any(not torch.equal(weight, old) for weight, old in zip(weights, before, strict=True)):
        raise Flaw("with a learning rate of 0, it still changes parameters")


@check(
    "optimizer",
    why="A loss need not go through all of a network: f-constancy on codes leaves the head out.",
    fix="Skip parameters whose `grad` is None.",
)
def unused(subject: Subject) -> None:
    """Find parameters without a gradient that it changes or fails on."""
    Examples(subject).require()
    weights = parameters()
    spare = torch.nn.Parameter(torch.ones(3))
    optimizer = started(subject, [*weights, spare])
    step(optimizer, weights)
    step(optimizer, weights)
    if not torch.equal(spare.detach(), torch.ones(3)):
        raise Flaw("it changes a parameter that has no gradient")


@check(
    "optimizer",
    why="A resumed training would take different steps than an uninterrupted one.",
    fix="Keep tensors and numbers in `self.state[parameter]`, and numbers in the groups.",
)
def resume(subject: Subject) -> None:
    """Find state that is not restored from a checkpoint."""
    Examples(subject).require()
    weights = parameters()
    optimizer = started(subject, weights)
    for _ in range(STEPS_BEFORE_RESUMING):
        step(optimizer, weights)
    tensors, others, numbers = capture_optimizer(optimizer)
    try:
        others, numbers = json.loads(json.dumps([others, numbers], allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Flaw(f"its state cannot be written as JSON: {error}") from error
    copies = [nn.Parameter(weight.detach().clone()) for weight in weights]
    resumed = started(subject, copies)
    restore_optimizer(resumed, {name: value.clone() for name, value in tensors.items()} | others, numbers)
    for _ in range(STEPS_BEFORE_RESUMING):
        step(optimizer, weights)
        step(resumed, copies)
    pairs = zip(weights, copies, strict=True)
    if any(not torch.equal(weight, copy) for weight, copy in pairs):
        raise Flaw("after a resumption it takes other steps")
