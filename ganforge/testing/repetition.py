"""Checks that nothing but the inputs, the options and the seed decides the outcome, and that nothing else changes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from ganforge.testing import fresh
from ganforge.testing.check import ALL, NETWORKS, TENSORS, Flaw, check
from ganforge.testing.example import CALL_SEED
from ganforge.testing.outcome import difference
from ganforge.testing.subject import Subject
from ganforge.testing.surroundings import TORCH, changed, flags, scrambled, touched

NOT_DATASETS = tuple(kind for kind in ALL if kind != "dataset")
# The engine seeds torch's generator for networks and, in each step, for what methods and losses draw.
MAY_DRAW = (*NETWORKS, "method", "loss")


@check(
    NOT_DATASETS,
    finds="other weights or results from the same seed",
    why="Two runs of one recipe would differ, and a resumed run would not continue to the same bits.",
    mend="Draw from the generator that is handed over, or else from torch's own; keep none of your own.",
)
def seed(subject: Subject) -> None:
    """Built and called twice from one seed, the outcome is the same to the bit, and so are the gradients."""
    for first, second in zip(subject.examples(), subject.examples(), strict=True):
        outcomes = []
        for number, example in enumerate((first, second)):
            # Generators that nobody is to draw from are in another state each time.
            random.seed(number)
            np.random.seed(number)
            weights = {name: value.detach().clone() for name, value in example.parameters().items()}
            outcomes.append([weights, example.run(), example.gradients()])
        for what, ours, theirs in zip(("the initial", "the value of", "the gradient of"), *outcomes, strict=True):
            if (name := difference(_known(ours), _known(theirs))) is not None:
                raise Flaw(f"{first}: {what} {name} differs from one time to the next")


@check(
    NOT_DATASETS,
    finds="what is kept from one call to the next: counts, sums; in eval mode, changed buffers and random draws",
    why="It is not in the checkpoint, so a resumed run differs; and a measurement depends on those before it.",
    mend="Compute from the arguments alone; what must last is a network's buffer, changed in train mode only.",
)
def pure(subject: Subject) -> None:
    """A second call of the same object gives the same bits, and leaves it as it was."""
    for example in subject.examples():
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
    finds="draws from a global random generator: Python's, numpy's, or torch's where a generator is handed over",
    why="Their states are not saved, and others draw from them too: nothing can be repeated.",
    mend="Networks and losses may draw with torch's functions, augmentations from their generator, the rest from "
    "`numpy.random.default_rng(seed)` of an option `seed`.",
)
def randomness(subject: Subject) -> None:
    """The global generators are not touched."""
    subject.examples()
    before = scrambled()
    examples = subject.examples()
    for whose in touched(before) - {TORCH}:  # building is seeded by the engine
        raise Flaw(f"building it draws from {whose}")
    for example in examples:
        before = scrambled()
        example.run(seed=None)
        for whose in touched(before) - ({TORCH} if subject.kind in MAY_DRAW else set()):
            raise Flaw(f"{example}: a call draws from {whose}")


@check(
    (*TENSORS, "metric"),
    finds="inputs that are changed in place",
    why="Other losses and metrics are given the same tensors and arrays, after it.",
    mend="Replace what works in place (`x += y`, `x.clamp_()`, a first `nn.ReLU(inplace=True)`).",
)
def inputs(subject: Subject) -> None:
    """What was handed over is as it was."""
    for example in subject.examples():
        before = {name: _copy(value) for name, value in example.inputs.items()}
        versions = {name: value._version for name, value in example.inputs.items() if isinstance(value, Tensor)}
        example.run()
        for name, value in example.inputs.items():
            if not _same(before[name], value) or versions.get(name, 0) != getattr(value, "_version", 0):
                raise Flaw(f"{example}: it changes {name} in place")


@check(
    ALL,
    finds="global settings that its import, its building or a call changes: default dtype, threads, TF32, cuDNN, "
    "determinism, numpy's errors, the environment, the working directory",
    why="They hold for all components of a run: adding one would change the numbers of the others.",
    mend="Do it for a moment at most (`with torch.no_grad():`), or leave it to the user.",
)
def globals_(subject: Subject) -> None:
    """Settings of the process are left alone."""
    target = subject.entry.component.target
    imported = fresh.imports(subject.entry.plugin).get(target)
    if imported:
        raise Flaw(f"importing it changes {imported}")
    before = flags()
    for example in subject.examples():
        example.run()
    if (what := changed(before, flags())) is not None:
        raise Flaw(f"building and calling it changes {what}")


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _remembered(component: Any) -> dict[str, Any]:
    """What an object holds: a network's state, else its attributes, copied as far as they can change."""
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


CHECKS = (seed, pure, randomness, inputs, globals_)
