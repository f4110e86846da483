"""Warnings about plugins, printed before a verb computes anything."""

from __future__ import annotations

import sys

from ganforge.plugins.registry import Registry


def warn_of_plugins(registry: Registry) -> None:
    """Print a warning for each plugin that cannot be loaded, or that changed state a result may depend on."""
    warnings = [f"the plugin {plugin.name!r} cannot be loaded: {plugin.error}" for plugin in registry.broken]
    for plugin in registry.plugins:
        if plugin.import_report.changed and not plugin.error:
            warnings.append(f"importing the plugin {plugin.name!r} changed {', '.join(plugin.import_report.changed)}")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if warnings:
        print("  fix: see `ganforge doctor`, or go without: `ganforge --no-plugin NAME ...`", file=sys.stderr)
