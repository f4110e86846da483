"""The parts of a loss: terms, each updating one network, and monitors, which are only logged."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ganforge.meaning import Meaning


def terms_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """The terms by their own names, in the order of definition; a loss that is one function is its term `""`."""
    marked = {
        name: getattr(loss, name) for name in _methods(loss) if hasattr(getattr(type(loss), name), "ganforge_updates")
    }
    return marked or {"": loss}


def monitors_of(loss: Any) -> dict[str, Callable[..., Any]]:
    """The monitors by their own names, in the order of definition."""
    return {
        name: getattr(loss, name)
        for name in _methods(loss)
        if monitor_meaning(inspect.getattr_static(loss, name)) is not None
    }


def monitor_meaning(function: Any) -> Meaning | None:
    """Return the meaning that a monitor declares; None for other functions."""
    found: Meaning | None = getattr(function, "ganforge_monitor", None)
    return found


def is_signed(term: Callable[..., Any]) -> bool:
    """Return True if a term is declared signed."""
    return bool(_mark(term, "ganforge_signed", False))


def updated_by(term: Callable[..., Any], main: str) -> str:
    """The role that phases minimising a term update; `main` where the term does not say."""
    return str(_mark(term, "ganforge_updates", main))


def _mark(term: Callable[..., Any], name: str, default: Any) -> Any:
    """What `ganforge.method.term` has written on a function; a bound method and a partial both lead to it."""
    return getattr(getattr(term, "func", term), name, default)


def _methods(loss: Any) -> list[str]:
    """The public attributes of a class in the order of definition; none for a bound function."""
    if hasattr(loss, "func"):
        return []
    return [name for owner in reversed(type(loss).__mro__) for name in vars(owner) if not name.startswith("_")]
