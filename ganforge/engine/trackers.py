"""Plugins that watch runs: what happens, passed on to their hooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pluggy

from ganforge.data.images import Array
from ganforge.engine.listener import Listener, Progress


class Trackers(Listener):
    """Passes what happens on to the plugins' hooks.

    Args:
        hooks: the plugin manager.
    """

    def __init__(self, hooks: pluggy.PluginManager) -> None:
        self._hook = hooks.hook

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """See `Listener`."""
        self._hook.ganforge_run_started(directory=directory, recipe=recipe)

    def progress(self, progress: Progress) -> None:
        """See `Listener`."""
        values = {**progress.means, "images_per_second": progress.images_per_second}
        self._hook.ganforge_scalars(step=progress.step, values=values)

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        self._hook.ganforge_scalars(step=step, values={f"{name}/{key}": value for key, value in values.items()})

    def sampled(self, step: int, picture: Array, path: Path) -> None:
        """See `Listener`."""
        self._hook.ganforge_images(step=step, name="samples", images=picture)

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        self._hook.ganforge_run_finished(directory=directory, status=status)
