"""From a recipe's choice of a component to the live object: options as given, facts filled in, nested ones first."""

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
        use: what the recipe chose.
        facts: what the recipe implies; fills options of these names that the recipe leaves unset.
        document: the recipe, for the place of a mistake.
        moment: of the training that augmentations go by; without it they are as at its end.

    Returns:
        An instance of a class; a function bound to its options, to be called with its positional parameters.

    Raises:
        RecipeError: a required fact is not known, or the component refuses its options.
    """
    where = document.where(use.key)
    options: dict[str, Any] = {}
    for option in use.entry.schema.options:
        if option.name in use.options:
            options[option.name] = _built(use.options[option.name], facts, document, moment)
        elif option.name in FACTS and (fact := _fact(use, option, facts, where)) is not None:
            options[option.name] = fact
        elif option.required and option.name not in use.amounts:
            raise RecipeError(
                f"{use.entry.name!r} needs {option.name!r}, which nothing in the recipe implies",
                where=where,
                fix=f"set {option.name} in [{'.'.join(use.key)}]",
            )
    made = _made(use, options, where)
    if use.entry.kind != "augmentation":
        return made
    return bind_augmentation(
        made, use, _built(dict(use.amounts), facts, document, moment), document, moment or Moment()
    )


def _fact(use: ChosenComponent, option: Option, facts: Mapping[str, Any], where: str) -> Any:
    """Return what the recipe implies for an option, or None.

    Raises:
        ShapeError: a network that takes square images alone is to have others.
    """
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


def _made(use: ChosenComponent, options: Mapping[str, Any], where: str) -> Any:
    """Make a component with its options."""
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


def _built(value: Any, facts: Mapping[str, Any], document: Document, moment: Moment | None) -> Any:
    """An option's value with the components in it built."""
    if isinstance(value, list):
        return [_built(item, facts, document, moment) for item in value]
    if isinstance(value, dict):
        return {name: _built(item, facts, document, moment) for name, item in value.items()}
    return build_component(value, facts, document, moment) if isinstance(value, ChosenComponent) else value
