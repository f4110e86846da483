"""The plugin `tidy`: it imports nothing heavy, and ships a recipe without mistakes."""

from pathlib import Path

from ganforge.plugins import Component, hookimpl


@hookimpl
def ganforge_components():
    return [Component("metric", "brightness", "made_up_others:brightness", "A right metric.")]


@hookimpl
def ganforge_recipes():
    return Path(__file__).parent / "tidy"
