"""Plugins that watch runs: what happens, passed on to the hooks of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pluggy

from ganforge.data.images import Array
from ganforge.engine.listener import Listener, Progress

HOOKS = ("ganforge_run_started", "ganforge_scalars", "ganforge_images", "ganforge_run_finished")


def trackers(hooks: pluggy.PluginManager) -> list[Listener]:
    """A listener for each plugin that watches runs, so that one which fails does not silence the others."""
    plugins = [plugin for _, plugin in hooks.list_name_plugin()]
    return [Tracker(hooks, plugin) for plugin in plugins if any(hasattr(plugin, hook) for hook in HOOKS)]


class Tracker(Listener):
    """Passes what happens on to the hooks of one plugin.

    Args:
        hooks: the plugin manager.
        plugin: one of its plugins.
    """

    def __init__(self, hooks: pluggy.PluginManager, plugin: object) -> None:
        self._hooks = hooks
        self._others = [other for other in hooks.get_plugins() if other is not plugin]
        self.name = f"the tracker of the plugin {hooks.get_name(plugin)!r}"

    def _call(self, hook: str, **arguments: Any) -> None:
        self._hooks.subset_hook_caller(hook, self._others)(**arguments)

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """See `Listener`."""
        self._call("ganforge_run_started", directory=directory, recipe=recipe)

    def progress(self, progress: Progress) -> None:
        """See `Listener`."""
        values = {**progress.means, "images_per_second": progress.images_per_second}
        self._call("ganforge_scalars", step=progress.step, values=values)

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        self._call("ganforge_scalars", step=step, values={f"{name}/{key}": value for key, value in values.items()})

    def sampled(self, step: int, picture: Array, path: Path) -> None:
        """See `Listener`."""
        self._call("ganforge_images", step=step, name="samples", images=picture)

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        self._call("ganforge_run_finished", directory=directory, status=status)
