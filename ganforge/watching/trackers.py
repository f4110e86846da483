"""Trackers: listeners that forward the events of a run to the hooks of a plugin.

Each tracker runs in its own thread, for which the training waits: one that hangs can be abandoned, and none computes
while the training does. A tracker may take a minute and a twentieth of the time since it began; one that takes longer,
or fails, is left out.
"""

from __future__ import annotations

import copy
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pluggy

from ganforge.data.images import Array
from ganforge.errors import UsageError
from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Registry
from ganforge.suggest import suggest
from ganforge.watching.listener import Listener, Progress

MINUTE, SHARE = 60.0, 0.05

Work = SimpleQueue[tuple[Callable[[], object], Future[None]] | None]


def trackers(registry: Registry, names: Iterable[str] | None = None) -> list[Listener]:
    """Return a listener for each of the named trackers.

    Args:
        registry: the installed plugins.
        names: names of plugins, one or several per text, separated by commas or spaces; `none` stands for no plugin.
            The default is `$GANFORGE_TRACKERS`, then no plugin.

    Raises:
        UsageError: a plugin does not exist, or is not a tracker.
        PluginError: a plugin cannot be loaded, or is switched off.
    """
    texts = [os.environ.get("GANFORGE_TRACKERS", "")] if names is None else names
    wanted = dict.fromkeys(name for text in texts for name in re.split(r"[,\s]+", text) if name not in ("", "none"))
    return [Tracker(registry.hooks, _plugin(registry, name)) for name in wanted]


def _plugin(registry: Registry, name: str) -> object:
    """Return the module of a tracker."""
    available = [plugin.name for plugin in registry.plugins if plugin.is_tracker]
    installed = f"installed trackers: {', '.join(available) or 'none'}"
    if all(plugin.name != name for plugin in registry.plugins):
        fix = f"pip install {FIRST_PARTY[name]}" if name in FIRST_PARTY else suggest(name, available) or installed
        raise UsageError(f"there is no tracker {name!r}", fix=fix)
    found = registry.plugin(name)
    if not found.is_tracker:
        raise UsageError(f"the plugin {name!r} is not a tracker", fix=installed)
    return found.module


class Tracker(Listener):
    """A listener that forwards events to the hooks of one plugin.

    Args:
        hooks: the plugin manager.
        plugin: one of its plugins.
        allowance: the seconds that the plugin may take, in addition to its share of the time since now.
    """

    def __init__(self, hooks: pluggy.PluginManager, plugin: object, allowance: float = MINUTE) -> None:
        self._hooks = hooks
        self._others = [other for other in hooks.get_plugins() if other is not plugin]
        self._allowance = allowance
        self._began = time.monotonic()
        self._taken = 0.0
        self._thread = TimedThread()
        self.name = f"the tracker of the plugin {hooks.get_name(plugin)!r}"

    def _call(self, hook: str, **arguments: Any) -> None:
        began = time.monotonic()
        left = self._allowance + SHARE * (began - self._began) - self._taken
        caller = self._hooks.subset_hook_caller(hook, self._others)
        # A copy, so that a plugin cannot change the state of the training or another plugin's arguments.
        own = copy.deepcopy(arguments)
        try:
            self._thread.call(lambda: caller(**own), left)
        except TimeoutError:
            raise TimeoutError(f"it has taken {self._allowance:.0f} s and {SHARE:.0%} of the time") from None
        finally:
            self._taken += time.monotonic() - began

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """See `Listener`."""
        self._call("ganforge_run_started", directory=directory, recipe=recipe)

    def began(self, step: int) -> None:
        """See `Listener`."""
        self._call("ganforge_training_began", step=step)

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


class TimedThread:
    """A thread that runs callables one after another; it ends with this object, or with the process."""

    def __init__(self) -> None:
        self._work: Work = SimpleQueue()
        # A daemon thread: a callable that hangs must not keep the process alive.
        self._thread = threading.Thread(target=_serve, args=(self._work,), daemon=True)
        weakref.finalize(self, self._work.put, None)

    def call(self, function: Callable[[], object], seconds: float) -> None:
        """Run a callable in the thread and wait until it ends; after a timeout it goes on, but is not waited for.

        Raises:
            TimeoutError: it has not ended after `seconds`.
            Exception: its own exception; RuntimeError for one that would stop the process, such as SystemExit.
        """
        if not self._thread.is_alive():
            self._thread.start()
        done: Future[None] = Future()
        self._work.put((function, done))
        done.result(max(seconds, 0))


def _serve(work: Work) -> None:
    while (item := work.get()) is not None:
        function, done = item
        try:
            function()
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)
        except BaseException as error:
            done.set_exception(RuntimeError(f"{type(error).__name__}: {error}".removesuffix(": ")))
        del item, function, done
