"""Plugin `faces`: photographs of faces and emoji, with the encoders, networks and measures that they need."""

from __future__ import annotations

from collections.abc import Iterable

from ganforge.plugins import Component, hookimpl

GANFORGE_API = 1

COMPONENTS: tuple[Component, ...] = ()


@hookimpl
def ganforge_components() -> Iterable[Component]:
    """Return the components of this plugin."""
    return COMPONENTS
