"""The check of gradients: that they arrive wherever training needs them."""

from __future__ import annotations

from ganforge.testing.check import TENSORS, Flaw, check
from ganforge.testing.example import Example
from ganforge.testing.loss_examples import trained_examples
from ganforge.testing.subject import Subject

THROUGH = (
    "Give `create_graph=True` to a `torch.autograd.grad` that is differentiated again; what is to be a constant, "
    "detach in the loss itself."
)


@check(
    TENSORS,
    finds="a gradient that is missing, detached or 0 everywhere: of parameters, of inputs, of what a loss changes",
    why="What no gradient reaches is never trained, and the run goes on as if it were.",
    mend="Stay in torch from input to output: no detach, .data, .item(), numpy or argmax; use every parameter.",
)
def gradient(subject: Subject) -> None:
    """The outputs' gradient reaches every group of tensors that is to learn; a loss's also what it updates."""
    for example in subject.examples():
        _require_gradients(example)
    for example in trained_examples(subject) if subject.kind == "loss" else ():
        _require_gradients(example, mend=THROUGH)


def _require_gradients(example: Example, *, mend: str | None = None) -> None:
    if not example.learns:
        return
    gradients = example.gradients()
    if not gradients:
        raise Flaw(f"{example}: the output has no gradient", mend=mend)
    for group in example.learns:
        found = {name: gradients[name] for name in sorted(group)}
        names = " or ".join(found)
        arrived = [value for value in found.values() if value is not None]
        if not arrived:
            raise Flaw(f"{example}: no gradient reaches {names}", mend=mend)
        if not any(bool(value.any()) for value in arrived):
            raise Flaw(f"{example}: the gradient of {names} is 0 everywhere", mend=mend)


CHECKS = (gradient,)
