"""Components of a test plugin's module, declared from its classes and functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganforge.plugins import Component


def declare(module: str, components: Mapping[str, Mapping[str, Any]]) -> list[Component]:
    """Return components by kind and name, each with the first line of its docstring as its summary."""
    return [
        Component(kind, name, f"{module}:{target.__name__}", target.__doc__.split("\n")[0])
        for kind, found in components.items()
        for name, target in found.items()
    ]
