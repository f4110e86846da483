"""Marks that a signature or a table puts on its options beyond their types, and the positional parameters it takes."""

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


class _Default:
    """The default of a marked key or option, as the neutral value of `Since`."""


@dataclass(frozen=True)
class Since:
    """Marks a key or option that came later: `rate: Annotated[float, Since(2, neutral=0.0)] = 0.0`.

    With its neutral value a recipe means what recipes meant before the option was there, so that value is no part of
    a recipe's identity: adding the option orphans no finished run.

    Attributes:
        version: of what brought it: the recipe format for a key of the core, the plugin for an option.
        neutral: the value that means "as before"; by default the default.
    """

    version: int | str
    neutral: Any = _Default


def neutral_value(since: Since, default: Any) -> Any:
    """The value that a mark calls neutral, given the default of what it marks."""
    return default if since.neutral is _Default else since.neutral


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
