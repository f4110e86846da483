"""Plugins: the contract (`hookspecs`), how they are found (`loader`), and their components by name (`registry`)."""

from ganforge.plugins.component import KINDS, Component
from ganforge.plugins.hookspecs import hookimpl
from ganforge.plugins.parameters import Nested, positional

__all__ = ["KINDS", "Component", "Nested", "hookimpl", "positional"]
