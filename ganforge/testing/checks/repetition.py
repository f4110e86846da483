"""Checks that outputs depend on inputs, options and seed alone, and that calls have no side effects."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from ganforge.testing import fresh_process
from ganforge.testing.check import ALL, NETWORKS, TENSORS, Flaw, check
from ganforge.testing.compare import difference, not_finite
from ganforge.testing.examples import Examples
from ganforge.testing.examples.example import CALL_SEED, axes, fits
from ganforge.testing.examples.methods import state_examples
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import TORCH, changed, drawn_from, reseed, settings

NOT_DATASETS = tuple(kind for kind in ALL if kind != "dataset")
# The engine seeds torch's generator for networks and, in each step, for the draws of methods and losses.
MAY_DRAW = (*NETWORKS, "method", "loss")


@check(
    NOT_DATASETS,
    why="Two runs of one recipe would differ, and a resumed run would not continue to the same bits.",
    fix="Draw from the generator that is passed, or else from torch's global one; create none.",
)
def seed(subject: Subject) -> None:
    """Find weights or outputs that differ for the same seed."""
    for first, second in zip(Examples(subject), Examples(subject), strict=True):
        outcomes = []
        for number, example in enumerate((first, second)):
            # Generators that must not be drawn from are in another state each time.
            random.seed(number)
            np.random.seed(number)
            weights = {name: value.detach().clone() for name, value in example.parameters().items()}
            outcomes.append([weights, example.run(), example.gradients()])
        for what, ours, theirs in zip(("the initial", "the value of", "the gradient of"), *outcomes, strict=True):
            if (name := difference(_known(ours), _known(theirs))) is not None:
                raise Flaw(f"{first}: {what} {name} differs from one time to the next")


@check(
    NOT_DATASETS,
    why="It is not in the checkpoint, so a resumed run differs; and a measurement depends on earlier ones.",
    fix="Compute from the arguments alone; keep lasting state in a network's buffers, changed in train mode only.",
)
def pure(subject: Subject) -> None:
    """Find state that lasts from one call to the next: counts, sums; in eval mode, changed buffers and random draws."""
    for example in Examples(subject):
        before = _remembered(example.component)
        first = example.run(train=False)
        # In eval mode, networks draw nothing.
        second = example.run(train=False, seed=None if subject.kind in NETWORKS else CALL_SEED)
        if (name := difference(first, second)) is not None:
            raise Flaw(f"{example}: {name} differs when it is called again")
        after = _remembered(example.component)
        for name, value in after.items():
            if name not in before or not _same(before[name], value):
                raise Flaw(f"{example}: a call changes its {name}")


@check(
    ALL,
    why="Their states are not saved, and others draw from them too, so nothing can be repeated.",
    fix="Networks and losses may draw with torch's functions, augmentations from their generator, the rest from "
    "`numpy.random.default_rng(seed)` of an option `seed`.",
)
def randomness(subject: Subject) -> None:
    """Find draws from a global random generator: Python's, numpy's, or torch's where a generator is passed."""
    examples = Examples(subject)
    examples.require()
    before = reseed()
    built = list(examples)
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
    for example in Examples(subject):
        before = {name: _copy(value) for name, value in example.inputs.items()}
        versions = {name: value._version for name, value in example.inputs.items() if isinstance(value, Tensor)}
        example.run()
        for name, value in example.inputs.items():
            if not _same(before[name], value) or versions.get(name, 0) != getattr(value, "_version", 0):
                raise Flaw(f"{example}: it changes {name} in place")


@check(
    ALL,
    why="They apply to all components of a run: adding one would change the numbers of the others.",
    fix="Change them temporarily (`with torch.no_grad():`), or leave them to the user.",
)
def globals_(subject: Subject) -> None:
    """Find global settings that importing, building or calling it changes, such as the default dtype, the number of
    threads, cuDNN's flags, warning filters, the environment or the working directory.
    """
    setting = fresh_process.import_plugin(subject.entry.plugin)["changes"].get(subject.entry.component.target)
    if setting is not None:
        raise Flaw(f"importing it changes {setting}")
    before = settings()
    for example in Examples(subject):
        example.run()
    setting = changed(before)
    if setting is not None:
        raise Flaw(f"building and calling it changes {setting}")


@check(
    ("method", "loss", "augmentation"),
    why="A state is kept from step to step and in the checkpoint: a resumed run must compute the same values.",
    fix="Return a new tensor like the old value (`old.lerp(new, 0.1)`), computed from the arguments alone.",
)
def state_update(subject: Subject) -> None:
    """Find a state whose update changes its shape, depends on more than its arguments, or changes them in place."""
    Examples(subject).require()
    for example in state_examples(subject):
        [(name, shape)] = example.shapes.items()
        before = {need: _copy(value) for need, value in example.inputs.items()}
        random_states = reseed()
        new = example.run(seed=None)
        for generator in drawn_from(random_states):
            raise Flaw(f"{example} draws from {generator}")
        if not isinstance(new[name], Tensor) or not fits(new[name], shape):
            found = list(new[name].shape) if isinstance(new[name], Tensor) else type(new[name]).__name__
            raise Flaw(f"{example} begins as {axes(shape)} and becomes {found}")
        if not_finite(new):
            raise Flaw(f"{example} is not finite")
        for need, value in example.inputs.items():
            if not _same(before[need], value):
                raise Flaw(f"{example} changes {need} in place")
        if difference(new, example.run(seed=None)) is not None:
            raise Flaw(f"{example} differs when it is computed again")
        on_meta = example.to(device="meta").run()[name]
        if on_meta.device.type != "meta":
            raise Flaw(f"{example} comes out on {on_meta.device.type}, whatever the inputs' device")


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _remembered(component: Any) -> dict[str, Any]:
    """Return a copy of a network's state, or of another object's attributes."""
    if isinstance(component, nn.Module):
        return {name: value.detach().clone() for name, value in component.state_dict().items()}
    return {name: _copy(value) for name, value in getattr(component, "__dict__", {}).items()}


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray | set):
        return value.copy()
    if isinstance(value, Mapping):
        return {name: _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor | np.ndarray):
        return difference({"": first}, {"": second}) is None
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(_same(value, second[name]) for name, value in first.items())
    if isinstance(first, list):
        return len(first) == len(second) and all(map(_same, first, second))
    return first is second or (isinstance(first, int | float | str | set | tuple) and bool(first == second))
