"""Schedules of learning rates and loss weights, as factors of the base value, and of other numbers, as values.

A schedule is a pure function of the step, counted from 0, and of the total number of steps, so it has no state to save.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

Steps = Annotated[int, Field(ge=0)]
Period = Annotated[int, Field(ge=1)]
Factor = Annotated[float, Field(ge=0)]


def constant(step: int, steps: int) -> float:
    """Keep the base value throughout.

    Example:
        >>> constant(5, 100)
        1.0
    """
    return 1.0


def ramp(step: int, steps: int, *, length: Period) -> float:
    """Rise linearly to the base value as (step + 1) / length, then keep it (Goyal et al., 2017, section 2.2).

    Args:
        length: number of steps of the rise.

    Example:
        >>> ramp(4, 100, length=10)
        0.5
    """
    return min(1.0, (step + 1) / length)


def cosine(step: int, steps: int, *, warmup: Steps = 0, final: Factor = 0.0) -> float:
    """Decay by half a cosine to `final`, after an optional linear rise (Loshchilov and Hutter, 2017, equation 5).

    The schedule reaches `final` after the last step, so a `final` of 0 does not waste that step.

    Args:
        warmup: number of steps of the rise from almost 0 to the base value (Goyal et al., 2017, section 2.2).
        final: factor at the end.

    Example:
        >>> round(cosine(50, 100), 6)
        0.5
    """
    if step < warmup:
        return (step + 1) / warmup
    return final + (1 - final) * (1 + math.cos(math.pi * _share(step, warmup, steps))) / 2


def linear_decay(
    step: int, steps: int, *, start: Annotated[float, Field(ge=0, le=1)] = 0.5, final: Factor = 0.0
) -> float:
    """Keep the base value, then decay linearly to `final`, as CycleGAN does (Zhu et al., 2017, section 4).

    The schedule reaches `final` after the last step.

    Args:
        start: share of the steps before the decay.
        final: factor at the end.

    Example:
        >>> linear_decay(75, 100)
        0.5
    """
    return 1 + (final - 1) * _share(step, start * steps, steps)


def multistep(step: int, steps: int, *, milestones: list[Steps], factor: Factor = 0.1) -> float:
    """Multiply the base value by `factor` at each milestone.

    Args:
        milestones: the steps at which the value changes.
        factor: multiplier at each milestone.

    Example:
        >>> multistep(20, 100, milestones=[10, 20], factor=0.5)
        0.25
    """
    return math.pow(factor, sum(step >= milestone for milestone in milestones))


def exponential(step: int, steps: int, *, factor: Annotated[float, Field(gt=0)], every: Period) -> float:
    """Multiply the base value smoothly by `factor` every `every` steps: factor^(step / every).

    Args:
        factor: multiplier over `every` steps.
        every: number of steps per factor.

    Example:
        >>> exponential(20, 100, factor=0.5, every=10)
        0.25
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
    """Go from `start` at the first step to `end`, then keep it: a schedule of values, not of factors.

    With s the share of the way, `linear` is start + s (end - start); `cosine` replaces s by (1 - cos(pi s)) / 2;
    `geometric` is start^(1 - s) end^s. R3GAN schedules its betas, decays and penalties this way (Huang et al., 2024,
    appendix).

    Args:
        start: value at the first step.
        end: value from step `length` on.
        length: number of steps from `start` to `end`; by default all.
        shape: shape of the curve between them.

    Example:
        >>> between(50, 100, start=0.0, end=1.0)
        0.5
    """
    share = _share(step, 0, length or steps)
    if shape == "geometric":
        return math.pow(start, 1 - share) * math.pow(end, share)
    share = (1 - math.cos(math.pi * share)) / 2 if shape == "cosine" else share
    return start + share * (end - start)


def _share(step: int, start: float, end: int) -> float:
    """Return the fraction of the way from `start` to `end` done at `step`, from 0 to 1."""
    return min(1.0, max(0.0, (step - start) / (end - start))) if end > start else float(step >= end)
