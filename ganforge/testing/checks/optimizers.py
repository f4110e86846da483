"""Optimizers on a problem with a known solution: checks that they minimise, follow their rate, and resume."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from ganforge.testing.check import check
from ganforge.testing.example import Example, builds_examples
from ganforge.testing.flaw import Flaw
from ganforge.testing.subject import Subject
from ganforge.training.assemble import capture_optimizer, restore_optimizer

STEPS = 20
STEPS_IN_CALL = 5
STEPS_BEFORE_RESUMING = 3


class Descent:
    """An optimizer of a matrix and a vector, by default far from the solution, where all values are 1.

    `unused` are further parameters, which never have a gradient.
    """

    def __init__(
        self, subject: Subject, weights: Sequence[nn.Parameter] = (), unused: Sequence[nn.Parameter] = ()
    ) -> None:
        draw = torch.Generator().manual_seed(5)
        start = [3 * torch.randn(*shape, generator=draw) for shape in ((6, 4), (4,))]
        self.weights = list(weights) or list(map(nn.Parameter, start))
        optimizer = subject.build()([*self.weights, *unused])
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise Flaw(
                f"called with parameters it gives a {type(optimizer).__name__}",
                fix="return a torch.optim.Optimizer of the parameters",
            )
        for group in optimizer.param_groups:
            if "lr" not in group:
                raise Flaw("its param_groups have no `lr`, which schedules change", fix='keep the rate in group["lr"]')
            group.setdefault("initial_lr", group["lr"])  # as the engine records it
        self.optimizer = optimizer

    def loss(self) -> Tensor:
        """Return the sum of squared differences from 1."""
        return torch.stack([(weight - 1).square().sum() for weight in self.weights]).sum()

    def step(self, count: int = 1) -> None:
        """Make some steps."""
        for _ in range(count):
            for weight, gradient in zip(self.weights, torch.autograd.grad(self.loss(), self.weights), strict=True):
                weight.grad = gradient
            self.optimizer.step()
            for weight in self.weights:
                weight.grad = None

    def values(self) -> list[Tensor]:
        """Return copies of the parameters."""
        return [weight.detach().clone() for weight in self.weights]


@builds_examples("optimizer")
def optimizer_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of a few steps."""

    def call(given: object) -> dict[str, Tensor]:
        descent = Descent(subject)
        descent.step(STEPS_IN_CALL)
        return {f"parameter {index}": value for index, value in enumerate(descent.values())}

    yield Example(f"{STEPS_IN_CALL} steps", None, call, {})


@check("optimizer", why="It would not train anything.", fix="Check the sign of the step, and the defaults.")
def descent(subject: Subject) -> None:
    """Find steps that do not reduce the loss."""
    trained = Descent(subject)
    first = float(trained.loss().detach())
    trained.step(STEPS)
    last = float(trained.loss().detach())
    if not last < first:
        raise Flaw(f"after {STEPS} steps on a sum of squares, the loss went from {first:.6g} to {last:.6g}")


@check(
    "optimizer",
    why="Schedules set it in every step, and would have no effect.",
    fix='Read `group["lr"]` in each step, and multiply the whole step by it, weight decay included.',
)
def rate(subject: Subject) -> None:
    """Find steps that ignore `group["lr"]`."""
    trained = Descent(subject)
    trained.step()
    before = trained.values()
    for group in trained.optimizer.param_groups:
        group["lr"] = 0.0
    trained.step()
    if not all(map(torch.equal, trained.values(), before)):
        raise Flaw("with a learning rate of 0, it still changes parameters")


@check(
    "optimizer",
    why="A loss need not go through all of a network: f-constancy on codes leaves the head out.",
    fix="Skip parameters whose `grad` is None.",
)
def unused(subject: Subject) -> None:
    """Find parameters without a gradient that it changes or fails on."""
    spare = nn.Parameter(torch.ones(3))
    Descent(subject, unused=[spare]).step(2)
    if not torch.equal(spare.detach(), torch.ones(3)):
        raise Flaw("it changes a parameter that has no gradient")


@check(
    "optimizer",
    why="A resumed training would take different steps than an uninterrupted one.",
    fix="Keep tensors and numbers in `self.state[parameter]`, and numbers in the groups.",
)
def resume(subject: Subject) -> None:
    """Find state that is not restored from a checkpoint."""
    trained = Descent(subject)
    trained.step(STEPS_BEFORE_RESUMING)
    tensors, others, numbers = capture_optimizer(trained.optimizer)
    try:
        others, numbers = json.loads(json.dumps([others, numbers], allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Flaw(f"its state cannot be written as JSON: {error}") from error
    resumed = Descent(subject, list(map(nn.Parameter, trained.values())))
    restore_optimizer(resumed.optimizer, {name: value.clone() for name, value in tensors.items()} | others, numbers)
    for one in (trained, resumed):
        one.step(STEPS_BEFORE_RESUMING)
    if not all(map(torch.equal, trained.weights, resumed.weights)):
        raise Flaw("after a resumption it takes other steps")
