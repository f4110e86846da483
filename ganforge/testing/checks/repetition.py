"""Checks that outputs depend on inputs, options and seed alone, and that calls have no side effects."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from ganforge.imports import process_state
from ganforge.testing import fresh_process
from ganforge.testing.check import ALL, NETWORKS, NOT_DATASETS, TENSORS, check
from ganforge.testing.checks.methods import state_examples
from ganforge.testing.example import (
    CALL_SEED,
    axes,
    difference,
    examples_of,
    fits,
    require_callable,
    require_finite,
    snapshot,
)
from ganforge.testing.flaw import Flaw
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import TORCH, changed, drawn_from, reseed

# The engine seeds torch's generator for networks and, in each step, for the draws of methods and losses.
MAY_DRAW = (*NETWORKS, "method", "loss")


@check(
    NOT_DATASETS,
    why="Two runs of one recipe would differ, and a resumed run would not continue to the same bits.",
    fix="Draw from the generator that is passed, or else from torch's global one; create none.",
)
def seed(subject: Subject) -> None:
    """Find weights or outputs that differ for the same seed."""
    for first, second in zip(examples_of(subject), examples_of(subject), strict=True):
        outcomes = []
        for number, example in enumerate((first, second)):
            # Generators that must not be drawn from are in another state each time.
            random.seed(number)
            np.random.seed(number)
            weights = {name: value.detach().clone() for name, value in example.parameters().items()}
            outcomes.append([weights, example.run(), example.gradients()])
        for what, ours, theirs in zip(("the initial", "the value of", "the gradient of"), *outcomes, strict=True):
            if (name := difference(ours, theirs)) is not None:
                raise Flaw(f"{first}: {what} {name} differs from one time to the next")


@check(
    NOT_DATASETS,
    why="It is not in the checkpoint, so a resumed run differs; and a measurement depends on earlier ones.",
    fix="Compute from the arguments alone; keep lasting state in a network's buffers, changed in train mode only.",
)
def pure(subject: Subject) -> None:
    """Find state that lasts from one call to the next: counts, sums; in eval mode, changed buffers and random draws."""
    for example in examples_of(subject):
        before = snapshot(_kept_by(example.component))
        first = example.run(train=False)
        # In eval mode, networks draw nothing.
        second = example.run(train=False, seed=None if subject.kind in NETWORKS else CALL_SEED)
        if (name := difference(first, second)) is not None:
            raise Flaw(f"{example}: {name} differs when it is called again")
        if (name := difference(before, _kept_by(example.component))) is not None:
            raise Flaw(f"{example}: a call changes its {name}")


@check(
    ALL,
    why="Their states are not saved, and others draw from them too, so nothing can be repeated.",
    fix="Networks and losses may draw with torch's functions, augmentations from their generator, the rest from "
    "`numpy.random.default_rng(seed)` of an option `seed`.",
)
def randomness(subject: Subject) -> None:
    """Find draws from a global random generator: Python's, numpy's, or torch's where a generator is passed."""
    before = reseed()
    built = list(examples_of(subject))
    for name in drawn_from(before) - {TORCH}:  # building is seeded by the engine
        raise Flaw(f"building it draws from {name}")
    for example in built:
        before = reseed()
        example.run(seed=None)
        for name in drawn_from(before) - ({TORCH} if subject.kind in MAY_DRAW else set()):
            raise Flaw(f"{example}: a call draws from {name}")


@check(
    (*TENSORS, "metric"),
    why="Other losses and metrics receive the same tensors and arrays afterwards.",
    fix="Replace in-place operations (`x += y`, `x.clamp_()`, a first `nn.ReLU(inplace=True)`).",
)
def inputs(subject: Subject) -> None:
    """Find inputs that are changed in place."""
    for example in examples_of(subject):
        before = snapshot(example.inputs)
        versions = {name: getattr(value, "_version", 0) for name, value in example.inputs.items()}
        example.run()
        written = [name for name, value in example.inputs.items() if getattr(value, "_version", 0) != versions[name]]
        if name := next(iter(written), difference(before, example.inputs)):
            raise Flaw(f"{example}: it changes {name} in place")


@check(
    ALL,
    why="They apply to all components of a run: adding one would change the numbers of the others.",
    fix="Change them temporarily (`with torch.no_grad():`), or leave them to the user.",
    calls=False,
)
def globals_(subject: Subject) -> None:
    """Find changes of global settings, such as the default dtype, cuDNN's flags, warning filters or the environment."""
    setting = fresh_process.import_plugin(subject.entry.plugin)["changes"].get(subject.entry.component.target)
    if setting is not None:
        raise Flaw(f"importing it changes {setting}")
    before = process_state.read()
    require_callable(subject)
    for example in examples_of(subject):
        example.run()
    if (setting := changed(before)) is not None:
        raise Flaw(f"building and calling it changes {setting}")


@check(
    ("method", "loss", "augmentation"),
    why="A state is kept from step to step and in the checkpoint: a resumed run must compute the same values.",
    fix="Return a new tensor like the old value (`old.lerp(new, 0.1)`), computed from the arguments alone.",
)
def state_update(subject: Subject) -> None:
    """Find a state update that changes the shape, depends on more than its arguments, or changes them in place."""
    for example in state_examples(subject):
        [(name, shape)] = example.shapes.items()
        before = snapshot(example.inputs)
        random_states = reseed()
        new = example.run(seed=None)
        for generator in drawn_from(random_states):
            raise Flaw(f"{example} draws from {generator}")
        if not isinstance(new[name], Tensor) or not fits(new[name], shape):
            found = list(new[name].shape) if isinstance(new[name], Tensor) else type(new[name]).__name__
            raise Flaw(f"{example} begins as {axes(shape)} and becomes {found}")
        require_finite(new, f"{example}:")
        if (need := difference(before, example.inputs)) is not None:
            raise Flaw(f"{example} changes {need} in place")
        if difference(new, example.run(seed=None)) is not None:
            raise Flaw(f"{example} differs when it is computed again")
        on_meta = example.to(device="meta").run()[name]
        if on_meta.device.type != "meta":
            raise Flaw(f"{example} comes out on {on_meta.device.type}, whatever the inputs' device")


def _kept_by(component: Any) -> Mapping[str, Any]:
    """Return a network's state, or another object's attributes."""
    return component.state_dict() if isinstance(component, nn.Module) else getattr(component, "__dict__", {})
