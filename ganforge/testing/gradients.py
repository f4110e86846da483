"""The check of gradients: that they arrive wherever training needs them."""

from __future__ import annotations

from ganforge.testing.check import TENSORS, Flaw, check
from ganforge.testing.subject import Subject


@check(
    TENSORS,
    finds="a gradient that is missing, detached or 0 everywhere: of parameters, of inputs, of what a loss changes",
    why="What no gradient reaches is never trained, and the run goes on as if it were.",
    mend="Stay in torch from input to output: no detach, .data, .item(), numpy or argmax; use every parameter.",
)
def gradient(subject: Subject) -> None:
    """The outputs' gradient reaches every group of tensors that is to learn."""
    for example in subject.examples():
        if not example.learns:
            continue
        gradients = example.gradients()
        if not gradients:
            raise Flaw(f"{example}: the output has no gradient")
        for group in example.learns:
            found = {name: gradients[name] for name in sorted(group)}
            names = " or ".join(found)
            arrived = [value for value in found.values() if value is not None]
            if not arrived:
                raise Flaw(f"{example}: no gradient reaches {names}")
            if not any(bool(value.any()) for value in arrived):
                raise Flaw(f"{example}: the gradient of {names} is 0 everywhere")


CHECKS = (gradient,)
