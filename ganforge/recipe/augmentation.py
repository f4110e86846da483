"""Augmentations that change in the course of a training, and the moment of the training that they go by.

An augmentation is called with images and a generator. One whose further parameters are named `progress` or like its
states is given their values at each call, wherever a recipe names it: in a data table or among a method's options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ganforge.errors import GanforgeError, RecipeError
from ganforge.method import PROGRESS
from ganforge.recipe.document import Document, dotted
from ganforge.recipe.recipe import ChosenComponent
from ganforge.state import declared_states

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass
class Moment:
    """The moment of a training that losses, quantities and augmentations go by.

    Attributes:
        steps: of the whole training.
        step: the step under way, counted from 0; None between steps, when networks are measured as if all were done.
        states: values of all states by name.
        augmentations: those that go by this moment.
    """

    steps: int = 1
    step: int | None = None
    states: Mapping[str, Tensor] = field(default_factory=dict)
    augmentations: list[Changing] = field(default_factory=list)

    @property
    def progress(self) -> float:
        """The share of the training that is done, in [0, 1]."""
        return 1.0 if self.step is None else self.step / self.steps


class Changing:
    """An augmentation with the values that it asks for at each call.

    Args:
        function: the augmentation, bound to its options.
        needs: the names of its parameters after the images and the generator.
        use: the recipe's choice of it.
        moment: gives their values.

    Attributes:
        prefix: of the names of its states in a run.
    """

    def __init__(
        self, function: Callable[..., Any], needs: tuple[str, ...], use: ChosenComponent, moment: Moment
    ) -> None:
        self.function = function
        self.use = use
        self.moment = moment
        self.prefix = f"{dotted(use.key)}."
        self._needs = needs

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Change images, float [N, C, H, W] in [0, 1]."""
        values = [self._value(need, images) for need in self._needs]
        changed: Tensor = self.function(images, generator, *values)
        return changed

    def _value(self, name: str, images: Tensor) -> Tensor:
        if name == PROGRESS:
            return images.new_full((), self.moment.progress)
        value = self.moment.states.get(f"{self.prefix}{name}")
        if value is None:
            raise GanforgeError(
                f"the augmentation {self.use.entry.name!r} has a state {name!r}, and states are kept in training alone",
                fix="measure what does not go through it",
            )
        return value.to(images.device)


def bound(function: Callable[..., Any], use: ChosenComponent, document: Document, moment: Moment) -> Callable[..., Any]:
    """Return an augmentation to be called with images and a generator alone.

    Args:
        function: the augmentation, bound to its options.
        use: the recipe's choice of it.
        document: the recipe, for the place of a mistake.
        moment: gives the values of its further parameters.

    Raises:
        RecipeError: it has a further parameter of another name, and without a default.
    """
    needs = []
    known = {PROGRESS, *declared_states(type(function))}
    for parameter in list(inspect.signature(function).parameters.values())[2:]:
        if parameter.name in known:
            needs.append(parameter.name)
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty:
            raise RecipeError(
                f"the augmentation {use.entry.name!r} asks for {parameter.name!r}, which there is not",
                where=document.where(use.key),
                fix=f"it may ask for {', '.join(sorted(known))}: report it to the author of {use.entry.origin}",
            )
    if not needs:
        return function
    moment.augmentations.append(changing := Changing(function, tuple(needs), use, moment))
    return changing
