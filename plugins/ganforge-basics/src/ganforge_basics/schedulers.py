"""Schedules of learning rates and loss weights, as factors of the base value, and of other numbers, as their values.

A schedule is a pure function of the step, counted from 0, and of the number of steps of the whole training: it has no
state to save.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

Steps = Annotated[int, Field(ge=0)]
Period = Annotated[int, Field(ge=1)]
Factor = Annotated[float, Field(ge=0)]


def constant(step: int, steps: int) -> float:
    """The base value throughout."""
    return 1.0


def ramp(step: int, steps: int, *, length: Period) -> float:
    """From almost 0 to the base value in a straight line, then the base value: (step + 1) / length, 1 at most.

    Args:
        length: how many steps the rise takes.
    """
    return min(1.0, (step + 1) / length)


def cosine(step: int, steps: int, *, warmup: Steps = 0, final: Factor = 0.0) -> float:
    """Half a cosine from the base value to `final`, after a straight rise if wanted (Loshchilov and Hutter, 2017).

    `final` is reached when all steps are done, so the last step still does something when it is 0.

    Args:
        warmup: how many steps the rise from almost 0 to the base value takes.
        final: the factor at the end.
    """
    if step < warmup:
        return (step + 1) / warmup
    return final + (1 - final) * (1 + math.cos(math.pi * _share(step, warmup, steps))) / 2


def linear_decay(
    step: int, steps: int, *, start: Annotated[float, Field(ge=0, le=1)] = 0.5, final: Factor = 0.0
) -> float:
    """The base value, then a straight line to `final`, reached when all steps are done; CycleGAN's schedule.

    Args:
        start: the share of the steps after which the decay begins.
        final: the factor at the end.
    """
    return 1 + (final - 1) * _share(step, start * steps, steps)


def multistep(step: int, steps: int, *, milestones: list[Steps], factor: Factor = 0.1) -> float:
    """The base value, multiplied by `factor` at each milestone.

    Args:
        milestones: the steps from which on one more `factor` applies.
        factor: what each milestone multiplies by.
    """
    return math.pow(factor, sum(step >= milestone for milestone in milestones))


def exponential(step: int, steps: int, *, factor: Annotated[float, Field(gt=0)], every: Period) -> float:
    """The base value, multiplied smoothly by `factor` every `every` steps: factor^(step / every).

    Args:
        factor: what `every` steps multiply by.
        every: how many steps that takes.
    """
    return math.pow(factor, step / every)


def between(
    step: int,
    steps: int,
    *,
    start: Factor,
    end: Factor,
    length: Annotated[int, Field(ge=1)] | None = None,
    shape: Literal["linear", "cosine", "geometric"] = "linear",
) -> float:
    """From `start` at the first step to `end`, which then stays: for numbers that a schedule gives, not scales.

    With s the share of the way, `linear` is start + s (end - start); `cosine` puts (1 - cos(pi s)) / 2 in the place of
    s; `geometric` is start^(1 - s) end^s. R3GAN changes its betas, decays and penalties so (Huang et al., 2024).

    Args:
        start: the value at the first step.
        end: the value from `length` on.
        length: how many steps the way takes; by default all.
        shape: of the way.
    """
    share = _share(step, 0, length or steps)
    if shape == "geometric":
        return math.pow(start, 1 - share) * math.pow(end, share)
    share = (1 - math.cos(math.pi * share)) / 2 if shape == "cosine" else share
    return start + share * (end - start)


def _share(step: int, start: float, end: int) -> float:
    """Return the fraction of the way from `start` to `end` done at `step`, from 0 to 1."""
    return min(1.0, max(0.0, (step - start) / (end - start))) if end > start else float(step >= end)
