"""Plugins: the contract (`hookspecs`), how they are found (`loader`), and their components by name (`registry`)."""

from ganforge.plugins.component import KINDS, Component
from ganforge.plugins.hookspecs import API_VERSION, hookimpl
from ganforge.plugins.parameters import Formerly, Nested, positional

__all__ = ["API_VERSION", "KINDS", "Component", "Formerly", "Nested", "hookimpl", "positional"]
