"""Plugin `tensorboard`: a tracker. It tracks one run at a time, since ganforge trains runs one after another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ganforge.plugins import hookimpl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ganforge_tensorboard.events import Events

_tracked: list[Events] = []


@hookimpl
def ganforge_run_started(directory: Path, recipe: Mapping[str, object]) -> None:
    """Track this run; create its folder only when training begins."""
    from ganforge_tensorboard.events import Events

    _tracked[:] = [Events(directory / "tensorboard", recipe)]


@hookimpl
def ganforge_training_began(step: int) -> None:
    """Open a new event file."""
    for events in _tracked:
        events.begin(step)


@hookimpl
def ganforge_scalars(step: int, values: Mapping[str, float]) -> None:
    """Write losses or metrics."""
    for events in _tracked:
        events.scalars(step, values)


@hookimpl
def ganforge_images(step: int, name: str, images: npt.NDArray[np.uint8]) -> None:
    """Write a sample grid."""
    for events in _tracked:
        events.image(step, name, images)


@hookimpl
def ganforge_run_finished(status: str) -> None:
    """Write the recipe and the last metrics if the run finished, and close the file."""
    for events in _tracked:
        events.end(finished=status == "finished")
    _tracked.clear()
