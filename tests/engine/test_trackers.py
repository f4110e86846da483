"""Plugins that watch runs are told what happens, and one that fails does not silence another."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pluggy

from ganforge.engine.listener import Listener, Listeners, Progress
from ganforge.engine.trackers import trackers
from ganforge.plugins import hookimpl, hookspecs


def plugin(**hooks):
    module = ModuleType("watcher")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def manager(*plugins):
    found = pluggy.PluginManager("ganforge")
    found.add_hookspecs(hookspecs)
    for index, one in enumerate(plugins):
        found.register(one, name=f"plugin{index}")
    return found


def test_every_hook_gets_what_its_specification_promises():
    heard = []

    def started(directory, recipe):
        heard.append(("started", directory, recipe))

    def scalars(step, values):
        heard.append(("scalars", step, dict(values)))

    def images(step, name, images):
        heard.append(("images", step, name, images.shape))

    def finished(directory, status):
        heard.append(("finished", directory, status))

    watcher = plugin(
        ganforge_run_started=started,
        ganforge_scalars=scalars,
        ganforge_images=images,
        ganforge_run_finished=finished,
    )
    (tracker,) = trackers(manager(watcher))
    tracker.started(Path("run"), {"recipe": {}})
    tracker.progress(Progress(20, 100, 64.0, {"loss": 0.5}))
    tracker.measured(20, "validation", {"accuracy": 0.9})
    tracker.sampled(20, np.zeros((4, 6, 3), np.uint8), Path("picture.png"))
    tracker.finished(Path("run"), "finished")
    assert heard == [
        ("started", Path("run"), {"recipe": {}}),
        ("scalars", 20, {"loss": 0.5, "images_per_second": 64.0}),
        ("scalars", 20, {"validation/accuracy": 0.9}),
        ("images", 20, "samples", (4, 6, 3)),
        ("finished", Path("run"), "finished"),
    ]


def test_a_tracker_that_fails_is_left_out_and_named_while_the_others_go_on():
    heard, notes = [], []

    def failing(step, values):
        raise OSError("no server")

    def working(step, values):
        heard.append(step)

    class Notes(Listener):
        def note(self, text):
            notes.append(text)

    found = trackers(manager(plugin(ganforge_scalars=failing), plugin(ganforge_scalars=working)))
    listeners = Listeners(Notes(), *found)
    listeners.progress(Progress(1, 2, 1.0, {}))
    listeners.progress(Progress(2, 2, 1.0, {}))
    assert heard == [1, 2]
    assert notes == ["the tracker of the plugin 'plugin0' failed and is left out: OSError: no server"]


def test_plugins_that_watch_nothing_are_no_trackers():
    def components():
        return []

    assert trackers(manager(plugin(ganforge_components=components))) == []
