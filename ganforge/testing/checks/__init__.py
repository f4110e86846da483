"""All checks, in the order in which reports and documentation show them."""

from __future__ import annotations

from ganforge.testing.check import Check
from ganforge.testing.checks import (
    data,
    declaration,
    losses,
    methods,
    metrics,
    networks,
    optimizers,
    outputs,
    placement,
    repetition,
)

MODULES = (declaration, outputs, repetition, placement, networks, losses, methods, data, metrics, optimizers)
CHECKS = tuple(value for module in MODULES for value in vars(module).values() if isinstance(value, Check))


def checks_of(kind: str) -> list[Check]:
    """Return the checks of a kind of component, or of `plugin`."""
    return [check for check in CHECKS if kind in check.kinds]
