"""Checks of what is saved: a network's and an optimizer's state is all that there is to them."""

from __future__ import annotations

import json
from dataclasses import replace

import torch
from torch import Tensor, nn

from ganforge.testing.check import NETWORKS, Flaw, check
from ganforge.testing.examples import examples_of
from ganforge.testing.optimizer_examples import parameters, started, step
from ganforge.testing.outcome import difference
from ganforge.testing.subject import Subject
from ganforge.training.update import capture_optimizer, restore_optimizer

STEPS = 3


@check(
    NETWORKS,
    finds="state that a state_dict does not hold: tensors that are no buffers, modules in lists, counts in attributes",
    why="A checkpoint holds the state_dict: what is not in it is lost, and the saved network is another one.",
    mend="Use nn.Parameter, register_buffer, nn.ModuleList and nn.ModuleDict.",
)
def state(subject: Subject) -> None:
    """A network built anew becomes another one that has been trained, by its state alone."""
    for trained, other in zip(subject.examples(), examples_of(replace(subject, seed=1)), strict=True):
        network: nn.Module = trained.component
        draw = torch.Generator().manual_seed(8)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=draw))
            for seed in range(STEPS):
                trained.run(seed=seed)
        kept = network.state_dict()
        for name, value in kept.items():
            if not isinstance(value, Tensor):
                raise Flaw(f"its state holds {name}, a {type(value).__name__}, which is no tensor and cannot be saved")
        try:
            other.component.load_state_dict(kept)
        except RuntimeError as error:
            raise Flaw(f"{trained}: its state does not fit a network that is built alike: {error}") from error
        different = difference(trained.run(train=False), other.run(train=False))
        if different is not None:
            raise Flaw(f"{trained}: with the same state, another network's {different} differs")


@check(
    "optimizer",
    finds="state that does not come back from a checkpoint",
    why="A resumed training would take other steps than an uninterrupted one.",
    mend="Keep tensors and numbers in `self.state[parameter]`, and numbers in the groups.",
)
def resume(subject: Subject) -> None:
    """Restored into a new optimizer, the steps go on to the same bits."""
    weights = parameters()
    optimizer = started(subject, weights)
    for _ in range(STEPS):
        step(optimizer, weights)
    tensors, others, numbers = capture_optimizer(optimizer)
    try:
        others, numbers = json.loads(json.dumps([others, numbers], allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Flaw(f"its state cannot be written as JSON: {error}") from error
    copies = [nn.Parameter(weight.detach().clone()) for weight in weights]
    resumed = started(subject, copies)
    restore_optimizer(resumed, {name: value.clone() for name, value in tensors.items()} | others, numbers)
    for _ in range(STEPS):
        step(optimizer, weights)
        step(resumed, copies)
    pairs = zip(weights, copies, strict=True)
    if any(not torch.equal(weight, copy) for weight, copy in pairs):
        raise Flaw("after a resumption it takes other steps")


CHECKS = (state, resume)
