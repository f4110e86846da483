"""States: small tensors that methods, losses and augmentations keep from step to step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ganforge.marks import Function, mark, marked_members


@dataclass(frozen=True)
class State:
    """A small tensor that is kept from step to step.

    Attributes:
        name: its name within its owner.
        needs: the states and quantities that its new value is computed from.
        initial: its initial value.
        doc: one line.
    """

    name: str
    needs: tuple[str, ...]
    initial: Any
    doc: str


def state(*, initial: Any) -> Callable[[Function], Function]:
    """Mark a function of a method, a loss or an augmentation as a state.

    Its parameters are the state's old value, by its own name, and quantities. It returns the new value, of the same
    shape, without changing the old one. It is called at the end of each step, without gradients, with the quantities of
    that step's losses; until then the state's name stands for the old value. Checkpoints hold all states.

    All components can use a method's states, but only their owner those of a loss or an augmentation; an augmentation
    takes them as further parameters of its call.

        @state(initial=0.0)
        def average(self, average, real_verdict):
            return average.lerp(real_verdict.mean(), 0.01)

    Args:
        initial: the initial value: a number, which becomes a float scalar, a tensor, or a function of the owner and the
            `DataFacts` of each data role by name that returns one.
    """

    return lambda function: mark(function, initial=(initial,))


def declared_states(owner: type) -> dict[str, State]:
    """Return the states that a class of methods, losses or augmentations declares, in the order of definition."""
    found: dict[str, State] = {}
    for name, member, marks in marked_members(owner):
        if marks.initial is None:
            found.pop(name, None)
            continue
        needs = tuple(inspect.signature(member).parameters)[1:]
        found[name] = State(name, needs, marks.initial[0], (inspect.getdoc(member) or "").split("\n")[0])
    return found
