"""Components built from a recipe: options as given, facts filled in, nested components first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from ganforge.errors import GanforgeError, RecipeError, ShapeError
from ganforge.image_size import shown
from ganforge.options.schema import Option
from ganforge.recipe.augmentation import Moment, bind_augmentation
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import FACTS, ChosenComponent


def build_component(
    use: ChosenComponent, facts: Mapping[str, Any], document: Document, moment: Moment | None = None
) -> Any:
    """Build a component.

    Args:
        use: the recipe's choice of it.
        facts: values that the recipe implies, for options of these names that it leaves unset.
        document: the recipe, for the place of a mistake.
        moment: the moment of the training that augmentations depend on; None for its end.

    Returns:
        An instance of a class; a function bound to its options, to be called with its positional parameters.

    Raises:
        RecipeError: a required fact is not known, or the component refuses its options.
        ShapeError: a network for square images only is to have others.
    """

    def built(value: Any) -> Any:
        if isinstance(value, list):
            return [built(item) for item in value]
        if isinstance(value, dict):
            return {name: built(item) for name, item in value.items()}
        return build_component(value, facts, document, moment) if isinstance(value, ChosenComponent) else value

    where = document.where(use.key)
    options: dict[str, Any] = {}
    for option in use.entry.schema.options:
        if option.name in use.options:
            options[option.name] = built(use.options[option.name])
        elif option.name in FACTS and (fact := _fact(use, option, facts, where)) is not None:
            options[option.name] = fact
        elif option.required and option.name not in use.amounts:
            raise RecipeError(
                f"{use.entry.name!r} needs {option.name!r}, which nothing in the recipe implies",
                where=where,
                fix=f"set {option.name} in [{'.'.join(use.key)}]",
            )
    made = _instance(use, options, where)
    if use.entry.kind != "augmentation":
        return made
    return bind_augmentation(made, use, built(dict(use.amounts)), document, moment or Moment())


def _fact(use: ChosenComponent, option: Option, facts: Mapping[str, Any], where: str) -> Any:
    size = facts.get("image_size")
    if option.name == "image_size" and isinstance(size, tuple):
        try:
            option.validate(list(size))
        except ValueError:
            raise ShapeError(
                f"{use.entry.name!r} takes square images alone, and these are {shown(size)}",
                where=where,
                fix="set `resize` to one number of pixels, or use a network whose image_size is an ImageSize",
            ) from None
    return facts.get(option.name)


def _instance(use: ChosenComponent, options: Mapping[str, Any], where: str) -> Any:
    target = use.entry.load()
    if not inspect.isclass(target):
        return functools.partial(target, **options)
    try:
        return target(**options)
    except GanforgeError as error:
        if error.where is None and not isinstance(error, RecipeError):
            error.where = where
        raise
    except (TypeError, ValueError, RuntimeError) as error:
        raise RecipeError(
            f"{use.entry.name!r} refuses its options: {error}", where=where, fix=f"see `ganforge show {use.entry.name}`"
        ) from error
