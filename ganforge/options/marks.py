"""Marks that annotations put on options beyond their types, and the positional parameters of a component."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# Options that the engine fills in from the recipe if it leaves them unset.
FACTS = frozenset({"data_root", "image_size", "in_channels", "out_channels", "code_dim", "classes", "outputs"})


@dataclass(frozen=True)
class Nested:
    """A mark of an option that takes a component: `Annotated[Callable[..., Tensor], Nested("distance")]`.

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
    """A mark of an option that had other names: `Annotated[float, Formerly("eta")]`.

    Recipes may go on using them, with a warning. Identities of recipes are made of the first name, so that a new one
    changes none.

    Attributes:
        names: the former names, oldest first.
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


class _Default:
    """The default of a marked key or option, as the neutral value of `Since`."""


@dataclass(frozen=True)
class Since:
    """A mark of a key or option that was added later: `rate: Annotated[float, Since(2, neutral=0.0)] = 0.0`.

    With its neutral value a recipe means the same as before the option existed, so that value is no part of a recipe's
    identity: adding the option orphans no finished run.

    Attributes:
        version: the version of the recipe format for a key of the core, of the plugin for an option.
        neutral: the value that means "as before"; by default the default.
    """

    version: int | str
    neutral: Any = _Default


def neutral_value(since: Since, default: Any) -> Any:
    """Return the neutral value of a mark, given the default of the key or option."""
    return default if since.neutral is _Default else since.neutral


def positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a component's arguments: its positional parameters, or its `quantities`."""
    declared = getattr(function, "quantities", None)
    return positional_names(inspect.signature(function).parameters.values()) if declared is None else tuple(declared)


def positional_names(parameters: Iterable[inspect.Parameter]) -> tuple[str, ...]:
    """Return the names of the positional ones among parameters."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(parameter.name for parameter in parameters if parameter.kind in kinds)
