"""Checks of optimizers: that they minimise, follow the learning rate, and leave alone what has no gradient."""

from __future__ import annotations

import torch

from ganforge.testing.check import Flaw, Inapplicable, check
from ganforge.testing.optimizer_examples import objective, parameters, started, step
from ganforge.testing.subject import Subject

STEPS = 20


@check(
    "optimizer",
    finds="steps that do not lead downwards",
    why="It would not train anything.",
    mend="Check the sign of the step, and the defaults.",
)
def descent(subject: Subject) -> None:
    """It comes closer to the minimum of a sum of squares."""
    _require_working(subject)
    weights = parameters()
    optimizer = started(subject, weights)
    losses = [step(optimizer, weights) for _ in range(STEPS)]
    last = float(objective(weights).detach())
    if not last < losses[0]:
        raise Flaw(f"after {STEPS} steps on a sum of squares, the loss went from {losses[0]:.6g} to {last:.6g}")


@check(
    "optimizer",
    finds='steps that do not heed `group["lr"]`',
    why="Schedules, which set it in every step, would do nothing.",
    mend='Read `group["lr"]` in each step, and multiply the whole step, weight decay included, by it.',
)
def rate(subject: Subject) -> None:
    """With a learning rate of 0 nothing moves."""
    _require_working(subject)
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
    finds="parameters without a gradient that are changed, or stop it",
    why="A loss need not go through all of a network: f-constancy on codes leaves the head out.",
    mend="Pass over parameters whose `grad` is None.",
)
def unused(subject: Subject) -> None:
    """What has no gradient stays as it is."""
    _require_working(subject)
    weights = parameters()
    spare = torch.nn.Parameter(torch.ones(3))
    optimizer = started(subject, [*weights, spare])
    step(optimizer, weights)
    step(optimizer, weights)
    if not torch.equal(spare.detach(), torch.ones(3)):
        raise Flaw("it changes a parameter that has no gradient")


def _require_working(subject: Subject) -> None:
    if subject.trouble is not None:
        raise Inapplicable("it cannot be called: see the check `runs`")


CHECKS = (descent, rate, unused)
