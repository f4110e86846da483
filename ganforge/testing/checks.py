"""All checks, in the order in which reports and documentation show them."""

from __future__ import annotations

from ganforge.testing import (
    batches,
    datasets,
    declaration,
    distances,
    gradients,
    methods,
    noises,
    numbers,
    optimizers,
    outputs,
    placement,
    repetition,
    state,
    whole_plugins,
)
from ganforge.testing.check import Check

CHECKS: tuple[Check, ...] = (
    *whole_plugins.CHECKS,
    *declaration.CHECKS,
    *outputs.CHECKS,
    *gradients.CHECKS,
    *repetition.CHECKS,
    *batches.CHECKS,
    *placement.CHECKS,
    *state.CHECKS,
    *distances.CHECKS,
    *methods.CHECKS,
    *noises.CHECKS,
    *datasets.CHECKS,
    *numbers.CHECKS,
    *optimizers.CHECKS,
)


def checks_of(kind: str) -> list[Check]:
    """The checks of a kind of component, or of `plugin`."""
    return [check for check in CHECKS if kind in check.kinds]
