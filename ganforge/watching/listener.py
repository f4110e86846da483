"""The listener contract: observers of a run, such as the live panel and trackers of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganforge.data.images import Array
from ganforge.meaning import Meanings


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
    """Receives what happens; every method may be left as it is.

    Attributes:
        name: what a message calls it when it fails; its class, when empty.
    """

    name = ""

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """A run starts or resumes."""

    def began(self, step: int) -> None:
        """Training begins after so many steps: 0, or those of the checkpoint that it goes on from."""

    def stage(self, name: str, detail: str = "") -> None:
        """A run goes on to its next stage: `data`, `train`, `evaluate` ..."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def progress(self, progress: Progress) -> None:
        """Losses were read."""

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """Metrics of an image set were measured at a step."""

    def sampled(self, step: int, picture: Array, path: Path) -> None:
        """A sample grid was drawn: uint8 [H, W, 3]."""

    def finished(self, directory: Path, status: str) -> None:
        """The run ended: `finished`, `interrupted` or `failed`."""


class Listeners(Listener):
    """Passes everything on to several listeners.

    A listener that fails is left out from then on, with a note to the others: watching never stops a training.
    """

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)

    def _tell(self, method: str, *arguments: Any) -> None:
        for listener in list(self._listeners):
            try:
                getattr(listener, method)(*arguments)
            except Exception as error:
                self._listeners.remove(listener)
                name = listener.name or type(listener).__name__
                self._tell("note", f"{name} failed and is left out: {type(error).__name__}: {error}")

    def started(self, directory: Path, recipe: Mapping[str, Any]) -> None:
        """See `Listener`."""
        self._tell("started", directory, recipe)

    def began(self, step: int) -> None:
        """See `Listener`."""
        self._tell("began", step)

    def stage(self, name: str, detail: str = "") -> None:
        """See `Listener`."""
        self._tell("stage", name, detail)

    def note(self, text: str) -> None:
        """See `Listener`."""
        self._tell("note", text)

    def progress(self, progress: Progress) -> None:
        """See `Listener`."""
        self._tell("progress", progress)

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        self._tell("measured", step, name, values)

    def sampled(self, step: int, picture: Array, path: Path) -> None:
        """See `Listener`."""
        self._tell("sampled", step, picture, path)

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        self._tell("finished", directory, status)
