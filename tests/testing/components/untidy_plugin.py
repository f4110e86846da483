"""The plugin `untidy`: it imports what it needs later, and ships a recipe with a mistake."""

from pathlib import Path

import scipy  # noqa: F401

from ganforge.plugins import Component, hookimpl


@hookimpl
def ganforge_components():
    return [Component("metric", "brightness", "made_up_others:brightness", "A right metric.")]


@hookimpl
def ganforge_recipes():
    return Path(__file__).parent / "untidy"
