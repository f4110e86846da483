"""The listener contract: observers of a run, such as the live panel and the trackers of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ganforge.data.images import Array
from ganforge.meaning import Meanings
from ganforge.printable import LONGEST_MESSAGE, printable


@dataclass(frozen=True)
class Progress:
    """The progress of training.

    Attributes:
        step: steps done.
        steps: steps in all.
        images_per_second: images drawn from each data role per second, since the last report.
        means: mean of each loss and monitor since the last report.
        meanings: units and directions, by name.
    """

    step: int
    steps: int
    images_per_second: float
    means: Mapping[str, float]
    meanings: Meanings = field(default_factory=Meanings)


class Listener:
    """Base class of listeners: one method per event; all do nothing by default.

    Attributes:
        name: the listener's name in messages about it; if empty, that of its class.
    """

    name = ""

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """Handle the start or resumption of a run."""

    def began(self, step: int) -> None:
        """Handle the start of training at `step`: 0, or the step of the checkpoint that it resumes from."""

    def stage(self, name: str, detail: str = "") -> None:
        """Handle the next stage of a run: `data`, `train`, `evaluate` ..."""

    def note(self, text: str) -> None:
        """Handle a notice for the user."""

    def progress(self, progress: Progress) -> None:
        """Handle a report of losses and speed."""

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """Handle the metrics of the image set `name` at a step."""

    def sampled(self, step: int, picture: Array, path: Path) -> None:
        """Handle a sample grid: uint8 [H, W, 3]."""

    def finished(self, directory: Path, status: str) -> None:
        """Handle the end of the run: `finished`, `interrupted` or `failed`."""


class Listeners(Listener):
    """A listener that forwards every event to several listeners.

    A listener that fails is removed, with a note to the others: a listener never stops a training.
    """

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)
        for event in ("started", "began", "stage", "note", "progress", "measured", "sampled", "finished"):
            setattr(self, event, partial(self._forward, event))

    def _forward(self, event: str, *arguments: Any, **options: Any) -> None:
        for listener in list(self._listeners):
            try:
                getattr(listener, event)(*arguments, **options)
            except Exception as error:
                self._listeners.remove(listener)
                name = listener.name or type(listener).__name__
                self.note(f"{name} failed and is left out: {type(error).__name__}: {error}")


class TextListener(Listener):
    """A listener that prints a line for each stage, note and measurement, for logs and pipes."""

    def stage(self, name: str, detail: str = "") -> None:
        """See `Listener`."""
        _say(f"{detail}: {name}")

    def note(self, text: str) -> None:
        """See `Listener`."""
        _say(f"note: {text}")

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        _say(f"  {name} at step {step}: {in_a_line(values)}")

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        _say(f"{directory}: {status}")


def _say(text: str) -> None:
    print(printable(text, LONGEST_MESSAGE, lines=True), flush=True)


def in_a_line(values: Mapping[str, float]) -> str:
    """Return names and values in a line, such as `accuracy 0.97, loss 0.1`."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())
