"""Listeners are told everything, and none of them can stop a training."""

from pathlib import Path

import numpy as np
import pytest

from ganforge.watching.listener import Listener, Listeners, Progress

EVENTS = {
    "started": (Path("run"), {"recipe": {}}),
    "stage": ("train", "name"),
    "note": ("text",),
    "began": (3,),
    "progress": (Progress(1, 2, 3.0, {"loss": 0.5}),),
    "measured": (5, "validation", {"accuracy": 0.5}),
    "sampled": (5, np.zeros((2, 2, 3), np.uint8), Path("picture.png")),
    "finished": (Path("run"), "finished"),
}


class Recorder(Listener):
    def __init__(self):
        self.heard = []

    def __getattribute__(self, name):
        if name in EVENTS:
            return lambda *arguments: self.heard.append((name, arguments))
        return super().__getattribute__(name)


class Failing(Listener):
    def stage(self, name, detail=""):
        raise ZeroDivisionError("by zero")


@pytest.mark.parametrize("event", EVENTS)
def test_every_listener_is_told_every_event(event):
    recorders = [Recorder(), Recorder()]
    getattr(Listeners(*recorders), event)(*EVENTS[event])
    assert [recorder.heard for recorder in recorders] == [[(event, EVENTS[event])]] * 2


@pytest.mark.parametrize("event", EVENTS)
def test_a_plain_listener_ignores_every_event(event):
    assert getattr(Listener(), event)(*EVENTS[event]) is None


def test_a_failing_listener_is_left_out_with_a_note_to_the_others():
    recorder = Recorder()
    listeners = Listeners(Failing(), recorder)
    listeners.stage("train", "name")
    listeners.stage("evaluate", "name")
    names = [name for name, _ in recorder.heard]
    assert names == ["note", "stage", "stage"]
    assert "Failing failed" in recorder.heard[0][1][0]
    assert "by zero" in recorder.heard[0][1][0]


def test_an_interrupt_is_no_failure_of_a_listener():
    class Interrupting(Listener):
        def note(self, text):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Listeners(Interrupting()).note("text")
