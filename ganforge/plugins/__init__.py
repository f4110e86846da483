"""Plugins: the contract (`hookspecs`), how they are found (`loader`), and their components by name (`registry`)."""

from ganforge.options.marks import Formerly, Nested, Since, positional
from ganforge.plugins.component import KINDS, Component
from ganforge.plugins.hookspecs import API_VERSION, hookimpl
from ganforge.plugins.weights_source import WeightsSource

__all__ = [
    "API_VERSION",
    "KINDS",
    "Component",
    "Formerly",
    "Nested",
    "Since",
    "WeightsSource",
    "hookimpl",
    "positional",
]
