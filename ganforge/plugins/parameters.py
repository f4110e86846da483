"""What a component's signature may say beyond types: options that are components or were renamed, and what it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Options that the engine fills in from what a recipe implies, where it leaves them unset.
FACTS = frozenset({"data_root", "image_size", "in_channels", "out_channels", "code_dim", "classes", "outputs"})


@dataclass(frozen=True)
class Nested:
    """Marks an option whose value is a component: `Annotated[Callable[..., Tensor], Nested("distance")]`.

    A recipe writes its name, or a table with `use` and its options; the component receives it ready to call. An option
    annotated as a list of them takes a list.

    Attributes:
        kind: the kind of the component.
        default: its name where a recipe says nothing, or None when a recipe must choose.
    """

    kind: str
    default: str | None = None


@dataclass(frozen=True)
class Formerly:
    """Marks an option that had other names: `Annotated[float, Formerly("eta")]`.

    Recipes may go on using them, with a warning. Identities of recipes are made of the first name, so that a new one
    changes none.

    Attributes:
        names: the names that it had, oldest first.
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


def positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of what a component is to be called with: its positional parameters, or its `quantities`."""
    declared = getattr(function, "quantities", None)
    if declared is not None:
        return tuple(declared)
    return tuple(
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    )
