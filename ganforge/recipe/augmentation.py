"""Augmentations that change in the course of a training, and the moment of the training that they go by.

An augmentation is called with images and a generator. One whose further parameters are named `progress` or like one of
its states is given their values at each call, wherever a recipe names it: in a data table or among a method's options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganforge.errors import RecipeError
from ganforge.method import PROGRESS
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import ChosenComponent

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass
class Moment:
    """The moment of a training that losses, quantities and augmentations go by.

    Attributes:
        steps: of the whole training.
        step: the step under way, counted from 0; None between steps, when networks are measured as if all were done.
    """

    steps: int = 1
    step: int | None = None

    @property
    def progress(self) -> float:
        """The share of the training that is done, in [0, 1]."""
        return 1.0 if self.step is None else self.step / self.steps


class Changing:
    """An augmentation with the values that it asks for at each call.

    Args:
        function: the augmentation, bound to its options.
        needs: the names of its parameters after the images and the generator.
        moment: gives their values.
    """

    def __init__(self, function: Callable[..., Any], needs: tuple[str, ...], moment: Moment) -> None:
        self._function = function
        self._needs = needs
        self._moment = moment

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Change images, float [N, C, H, W] in [0, 1]."""
        values = [self._value(need, images) for need in self._needs]
        changed: Tensor = self._function(images, generator, *values)
        return changed

    def _value(self, name: str, images: Tensor) -> Tensor:
        assert name == PROGRESS  # `bound` made sure
        return images.new_full((), self._moment.progress)


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
    for parameter in list(inspect.signature(function).parameters.values())[2:]:
        if parameter.name == PROGRESS:
            needs.append(parameter.name)
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is parameter.empty:
            raise RecipeError(
                f"the augmentation {use.entry.name!r} asks for {parameter.name!r}, which there is not",
                where=document.where(use.key),
                fix=f"it may ask for {PROGRESS!r}: report it to the author of {use.entry.origin}",
            )
    return Changing(function, tuple(needs), moment) if needs else function
