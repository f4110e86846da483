"""Augmentations that change in the course of a training, and the moment of the training that they depend on.

An augmentation is called with images and a generator. One with further parameters named `progress`, `strength` or like
its states is given their values at each call, wherever a recipe names it: in a data table or among the options of a
method. Every augmentation has a `probability`: the other images of a batch stay as they are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ganforge.errors import GanforgeError, RecipeError
from ganforge.marks import mark, marks_of
from ganforge.method import PROGRESS
from ganforge.recipe.document import Document, dotted
from ganforge.recipe.recipe import ChosenComponent
from ganforge.state import declared_states

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Schedule = Callable[[int, int], float]
AMOUNTS = ("probability", "strength")
"""Share of images that an augmentation changes, and its strength; both in [0, 1], and 1 by default."""


@dataclass
class Moment:
    """The moment of a training that losses, quantities and augmentations depend on.

    Attributes:
        steps: number of steps of the training.
        step: the step under way, counted from 0; None between steps, when networks are measured as if all were done.
        states: values of all states by name.
        augmentations: the augmentations that depend on this moment.
    """

    steps: int = 1
    step: int | None = None
    states: Mapping[str, Tensor] = field(default_factory=dict)
    augmentations: list[Changing] = field(default_factory=list)

    @property
    def done(self) -> int:
        """The number of completed steps."""
        return self.steps if self.step is None else self.step

    @property
    def progress(self) -> float:
        """The completed share of the training, in [0, 1]."""
        return self.done / self.steps


@dataclass(eq=False)
class Changing:
    """An augmentation with the values that it asks for at each call.

    Attributes:
        function: the augmentation, bound to its options.
        needs: the names of its parameters that are given at each call.
        use: the recipe's choice of it.
        amounts: its probability and strength, numbers or schedules.
        moment: gives the values.
    """

    function: Callable[..., Any]
    needs: tuple[str, ...]
    use: ChosenComponent
    amounts: Mapping[str, float | Schedule]
    moment: Moment

    def __post_init__(self) -> None:
        mark(self, geometric=marks_of(self.function).geometric)

    @property
    def prefix(self) -> str:
        """The prefix of the names of its states in a run."""
        return f"{dotted(self.use.key)}."

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Change images, float [N, C, H, W] in [0, 1]."""
        import torch

        values = {need: self._value(need, images) for need in self.needs}
        changed: Tensor = self.function(images, generator, **values)
        if "probability" in self.needs or "probability" not in self.amounts:
            return changed
        place = images.device if images.is_meta else generator.device  # no device without values has a generator
        numbers = torch.rand(len(images), 1, 1, 1, generator=generator, device=place)
        return torch.where((numbers < self._amount("probability")).to(images.device), changed, images)

    def _value(self, name: str, images: Tensor) -> Tensor | float:
        if name == PROGRESS:
            return images.new_full((), self.moment.progress)
        if (state := self.moment.states.get(f"{self.prefix}{name}")) is not None:
            return state.to(images.device)
        if name in AMOUNTS:
            return self._amount(name)
        raise GanforgeError(
            f"the augmentation {self.use.entry.name!r} has a state {name!r}, and states are kept in training alone",
            fix="measure what does not go through it",
        )

    def _amount(self, name: str) -> float:
        amount = self.amounts.get(name, 1.0)
        return amount(self.moment.done, self.moment.steps) if callable(amount) else amount


def out_of_range(schedule: Schedule, steps: int) -> str | None:
    """Return the mistake in a schedule of values from 0 to 1, sampled at about 100 steps; None if there is none."""
    for step in (*range(0, steps, max(1, steps // 100)), steps - 1):
        value = schedule(step, steps)
        if not 0 <= value <= 1:
            return f"is {value:.4g} in step {step}, and must be from 0 to 1"
    return None


def takes_at_call(target: Any, name: str, own: bool) -> bool:
    """Return whether an augmentation takes one of `AMOUNTS` at each call; `own` if it is an option of its."""
    if inspect.isclass(target) and name in declared_states(target):
        return False
    call = target.__call__ if inspect.isclass(target) else target
    return name in inspect.signature(call).parameters or (name == "probability" and not own)


def bind_augmentation(
    function: Callable[..., Any], use: ChosenComponent, amounts: Mapping[str, Any], document: Document, moment: Moment
) -> Callable[..., Any]:
    """Return an augmentation to be called with images and a generator alone.

    Args:
        function: the augmentation, bound to its options.
        use: the recipe's choice of it.
        amounts: its probability and strength, numbers or schedules, unless they are options of it.
        document: the recipe, for the place of a mistake.
        moment: gives the values of its further parameters.

    Raises:
        RecipeError: it has a further parameter of another name and without a default, or a schedule leaves [0, 1].
    """
    needs = []
    states = declared_states(type(function))
    for parameter in list(inspect.signature(function).parameters.values())[2:]:
        lacking = parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty
        if parameter.name in {PROGRESS, *states, *amounts} or (lacking and parameter.name == "strength"):
            needs.append(parameter.name)
        elif lacking:
            known = ", ".join([PROGRESS, "strength", *states])
            raise RecipeError(
                f"the augmentation {use.entry.name!r} asks for {parameter.name!r}, which there is not",
                where=document.where(use.key),
                fix=f"it may ask for {known}: report it to the author of {use.entry.origin}",
            )
    for name, amount in amounts.items():
        if callable(amount) and (mistake := out_of_range(amount, moment.steps)):
            where = document.where((*use.key, name))
            fix = "use another scheduler, such as basics/between"
            raise RecipeError(f"the {name} of {use.entry.name!r} {mistake}", where=where, fix=fix)
    if not needs and not amounts:
        return function
    moment.augmentations.append(changing := Changing(function, tuple(needs), use, amounts, moment))
    return changing
