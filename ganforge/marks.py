"""Marks: the records that decorators such as `quantity`, `term` and `metric` leave on a function or class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ganforge.meaning import Meaning

Function = TypeVar("Function", bound=Callable[..., Any])

_NAME = "ganforge_marks"


@dataclass(frozen=True)
class Marks:
    """The marks of one function or class, None or empty unless a decorator sets them.

    Attributes:
        quantity: shape, over_data and scores of a method's quantity.
        drawn: shape, trained_from and values of a noise or a given value.
        updates: the role that a loss term updates.
        signed: a loss term may have either sign.
        monitor: the meaning of a monitor.
        meanings: the meanings of a metric, by part.
        judges: the readings that a metric asks of judges.
        initial: the first value of a state, as the only item.
        geometric: an augmentation moves pixels, alike for paired images.
    """

    quantity: tuple[str, bool, bool] | None = None
    drawn: tuple[str, str | None, int | str | None] | None = None
    updates: str | None = None
    signed: bool = False
    monitor: Meaning | None = None
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    judges: frozenset[str] = frozenset()
    initial: tuple[Any] | None = None
    geometric: bool = False


def mark(function: Function, **changes: Any) -> Function:
    """Add marks to a function or class and return it."""
    setattr(function, _NAME, replace(marks_of(function), **changes))
    return function


def marks_of(function: Any) -> Marks:
    """Return the marks of a function or class, or of a bound method or partial of it."""
    found: Marks = getattr(getattr(function, "func", function), _NAME, Marks())
    return found


def marked_members(owner: type) -> Iterator[tuple[str, Callable[..., Any], Marks]]:
    """Yield the functions of a class and its bases with their names and marks, in the order of definition."""
    for base in reversed(owner.__mro__):
        for name, member in vars(base).items():
            if callable(member):
                yield name, member, marks_of(member)
