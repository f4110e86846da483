"""Plugins that watch runs: those that are asked for are told what happens, and nothing that they do reaches a run."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pluggy
import pytest
import torch

from ganforge.errors import PluginError, UsageError
from ganforge.plugins import hookimpl, hookspecs
from ganforge.plugins.hookspecs import TRACKER_HOOKS
from ganforge.plugins.registry import Registry
from ganforge.watching.listener import Listener, Listeners, Progress
from ganforge.watching.trackers import Tracker, trackers


def plugin(**hooks):
    module = ModuleType("tracker")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def manager(*plugins):
    found = pluggy.PluginManager("ganforge")
    found.add_hookspecs(hookspecs)
    for index, one in enumerate(plugins):
        found.register(one, name=f"plugin{index}")
    return found


def tracker(one, allowance=60.0):
    return Tracker(manager(one), one, allowance)


class Notes(Listener):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def tell_everything(listener):
    """Send every event of a run once."""
    listener.started(Path("run"), {"recipe": {"name": "x"}})
    listener.began(10)
    listener.progress(Progress(20, 100, 64.0, {"loss": 0.5}))
    listener.measured(20, "validation", {"accuracy": 0.9})
    listener.sampled(20, np.zeros((4, 6, 3), np.uint8), Path("picture.png"))
    listener.finished(Path("run"), "finished")


def test_every_hook_gets_what_its_specification_promises():
    heard = []

    def started(directory, recipe):
        heard.append(("started", directory, recipe))

    def began(step):
        heard.append(("began", step))

    def scalars(step, values):
        heard.append(("scalars", step, dict(values)))

    def images(step, name, images):
        heard.append(("images", step, name, images.shape))

    def finished(directory, status):
        heard.append(("finished", directory, status))

    hooks = dict(zip(TRACKER_HOOKS, (started, began, scalars, images, finished), strict=True))
    tell_everything(tracker(plugin(**hooks)))
    assert heard == [
        ("started", Path("run"), {"recipe": {"name": "x"}}),
        ("began", 10),
        ("scalars", 20, {"loss": 0.5, "images_per_second": 64.0}),
        ("scalars", 20, {"validation/accuracy": 0.9}),
        ("images", 20, "samples", (4, 6, 3)),
        ("finished", Path("run"), "finished"),
    ]


# -- those that are asked for --------------------------------------------------------------------------------------

WATCHER = """
from ganforge.plugins import hookimpl

@hookimpl
def ganforge_scalars(step, values):
    pass
"""


@pytest.fixture
def watchers(site):
    for name in ("one", "two"):
        site.install(name, {f"{name}_plugin": WATCHER})
    site.install("broken", {"broken_plugin": "raise OSError('no')"})
    return Registry()


def names(found):
    return [one.name.split("'")[1] for one in found]


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), []), (["two"], ["two"]), (["two", "one"], ["two", "one"]), (["one,two", "one"], ["one", "two"])],
)
def test_only_those_that_are_asked_for_watch(given, expected, watchers, monkeypatch):
    monkeypatch.setenv("GANFORGE_TRACKERS", "one")
    assert names(trackers(watchers, given)) == expected


@pytest.mark.parametrize(("value", "expected"), [("", []), ("one", ["one"]), ("one, two", ["one", "two"])])
def test_the_environment_asks_where_nobody_says_otherwise(value, expected, watchers, monkeypatch):
    monkeypatch.setenv("GANFORGE_TRACKERS", value)
    assert names(trackers(watchers)) == expected
    assert trackers(watchers, ["none"]) == []


def test_nobody_watches_unasked(watchers, monkeypatch):
    monkeypatch.delenv("GANFORGE_TRACKERS", raising=False)
    assert trackers(watchers) == []


@pytest.mark.parametrize(
    ("name", "error", "message", "fix"),
    [
        ("onne", UsageError, "there is no tracker 'onne'", "did you mean 'one'?"),
        ("qqq", UsageError, "there is no tracker 'qqq'", "installed trackers: one, "),
        ("dtn", UsageError, "the plugin 'dtn' is not a tracker", "installed trackers: one, "),
        ("broken", PluginError, "of ganforge-broken 1.0 cannot be loaded: OSError: no", "reinstall ganforge-broken"),
    ],
)
def test_a_tracker_that_is_not_there_is_an_error_before_anything_runs(name, error, message, fix, watchers):
    with pytest.raises(error) as caught:
        trackers(watchers, [name])
    assert message in caught.value.message
    assert (caught.value.fix or "").startswith(fix)


def test_a_tracker_that_is_switched_off_is_not_said_to_be_missing(watchers, monkeypatch):
    monkeypatch.setenv("GANFORGE_NO_PLUGINS", "tensorboard")
    with pytest.raises(PluginError, match="is switched off by --no-plugin tensorboard"):
        trackers(Registry(), ["tensorboard"])


def test_a_first_party_tracker_that_is_missing_can_be_installed():
    with pytest.raises(UsageError) as caught:
        trackers(Registry([]), ["tensorboard"])
    assert caught.value.fix == "pip install ganforge-tensorboard"


# -- those that fail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hook", TRACKER_HOOKS)
@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (OSError("no server"), "OSError: no server"),
        (SystemExit(3), "RuntimeError: SystemExit: 3"),
        (KeyboardInterrupt(), "RuntimeError: KeyboardInterrupt"),
    ],
)
def test_a_tracker_that_fails_is_left_out_and_named_once_while_the_others_go_on(hook, error, shown):
    heard = []

    def failing(step=None):
        heard.append("failing")
        raise error

    def working(step, values):
        heard.append("working")

    first, second = plugin(**{hook: lambda: failing()}), plugin(ganforge_scalars=working)
    hooks = manager(first, second)
    notes = Notes()
    listeners = Listeners(notes, Tracker(hooks, first), Tracker(hooks, second))
    for _ in range(2):
        tell_everything(listeners)
    assert notes.notes == [f"the tracker of the plugin 'plugin0' failed and is left out: {shown}"]
    assert heard.count("failing") == 1
    assert heard.count("working") == 4


def test_a_tracker_that_hangs_is_left_behind():
    never, heard = threading.Event(), []

    def hanging(step, values):
        heard.append(step)
        never.wait()

    notes = Notes()
    listeners = Listeners(notes, tracker(plugin(ganforge_scalars=hanging), allowance=0.05))
    tell_everything(listeners)
    assert heard == [20]
    (note,) = notes.notes
    assert note.startswith("the tracker of the plugin 'plugin0' failed and is left out: TimeoutError: it has taken ")
    never.set()


def test_a_tracker_that_is_slow_again_and_again_uses_up_its_time():
    pause, heard = threading.Event(), []

    def slow(step, values):
        heard.append(step)
        pause.wait(0.2)

    notes = Notes()
    listeners = Listeners(notes, tracker(plugin(ganforge_scalars=slow), allowance=0.5))
    for step in range(20):
        listeners.measured(step, "validation", {})
    assert len(notes.notes) == 1
    assert 0 < len(heard) < 20


def test_an_interrupt_while_a_tracker_is_waited_for_is_the_users(monkeypatch):
    def hook(step, values):
        pass

    watching = tracker(plugin(ganforge_scalars=hook))

    class Interrupted:
        def call(self, function, seconds):
            raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_thread", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        Listeners(watching).measured(1, "validation", {})


def test_what_a_tracker_does_to_what_it_is_given_reaches_nobody():
    def started(recipe):
        recipe["recipe"].clear()

    def images(images):
        images[:] = 7

    recipe, picture = {"recipe": {"name": "x"}}, np.zeros((2, 2, 3), np.uint8)
    watching = tracker(plugin(ganforge_run_started=started, ganforge_images=images))
    watching.started(Path("run"), recipe)
    watching.sampled(1, picture, Path("x"))
    assert recipe == {"recipe": {"name": "x"}}
    assert not picture.any()


def test_a_thread_ends_with_its_tracker():
    seen = []

    def hook(step, values):
        seen.append(threading.current_thread())

    watching = tracker(plugin(ganforge_scalars=hook))
    watching.measured(1, "validation", {})
    watching.measured(2, "validation", {})
    assert seen[0] is seen[1] is not threading.main_thread()
    del watching
    seen[0].join(timeout=60)
    assert not seen[0].is_alive()


# -- in a run ------------------------------------------------------------------------------------------------------


def unruly():
    """Return a tracker that draws random numbers, changes global settings of torch, and fails in every possible way."""

    def started(directory):
        (directory / "noise.txt").write_text("mine")

    def scalars(step, values):
        values.clear()
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)
        torch.rand(100)

    def images(images):
        images[:] = 0

    def finished(status):
        raise SystemExit(status)

    hooks = ("ganforge_run_started", "ganforge_scalars", "ganforge_images", "ganforge_run_finished")
    return plugin(**dict(zip(hooks, (started, scalars, images, finished), strict=True)))


def failing():
    def scalars(step, values):
        raise SystemExit("enough")

    return plugin(ganforge_scalars=scalars)


def test_a_run_is_the_same_to_the_bit_with_trackers_that_misbehave(workshop, tmp_path):
    alone = workshop.run(workshop.recipe(), tmp_path / "alone")
    first, second = unruly(), failing()
    hooks = manager(first, second)
    watched = Listeners(workshop.notes, Tracker(hooks, first), Tracker(hooks, second))
    beside = replace(workshop, place=replace(workshop.place, listener=watched))
    run = beside.run(workshop.recipe(), tmp_path / "watched")
    assert workshop.outcome(run) == workshop.outcome(alone)
    assert run.status == "finished"
    assert [note for note in workshop.notes.notes if "tracker" in note] == [
        "the tracker of the plugin 'plugin1' failed and is left out: RuntimeError: SystemExit: enough",
        "the tracker of the plugin 'plugin0' failed and is left out: RuntimeError: SystemExit: finished",
    ]


def test_a_run_that_goes_on_says_from_where(workshop, tmp_path, monkeypatch):
    heard = []

    def began(step):
        heard.append(step)

    watched = Listeners(workshop.notes, tracker(plugin(ganforge_training_began=began)))
    beside = replace(workshop, place=replace(workshop.place, listener=watched))
    run = beside.run(workshop.recipe("train.steps=4"), tmp_path / "run")
    run.status = "interrupted"
    beside.run(workshop.recipe("train.steps=4"), tmp_path / "run")
    assert heard == [0, 4]
