"""A run as TensorBoard's events: names of scalars by group, sample grids, the recipe as hyper-parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

# Seconds between writing to the disk: a run may well be watched live.
PATIENCE = 10


class Events:
    """The events of one run.

    Args:
        folder: where to write; made when the first file is.
        recipe: the resolved recipe.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, object]) -> None:
        self._folder = folder
        self._recipe = recipe
        self._writer: Any = None
        self._metrics: dict[str, float] = {}

    def begin(self, step: int) -> None:
        """Begin a file, after so many steps; it tells readers to forget what older files say of later ones."""
        # TensorBoard reads files in the order of their names, which begin with the time in seconds.
        suffix = f".{step:08d}"
        self._writer = SummaryWriter(
            str(self._folder), purge_step=step + 1, flush_secs=PATIENCE, filename_suffix=suffix
        )

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write numbers by group: losses, metrics, and the speed."""
        for name, value in values.items():
            tag = grouped(name)
            self._writer.add_scalar(tag, value, step)
            if tag.startswith("metric/"):
                self._metrics[tag] = value

    def image(self, step: int, name: str, images: npt.NDArray[np.uint8]) -> None:
        """Write a picture [H, W, 3]."""
        self._writer.add_image(name, images, step, dataformats="HWC")

    def end(self, finished: bool) -> None:
        """Close the file; the recipe and the last metrics go into it before if the run has finished."""
        if self._writer is None:
            return
        if finished:
            # Written beside the scalars, and not as `add_hparams` does into a folder of its own, so that the page of
            # hyper-parameters leads to the run's curves.
            for summary in hparams(dict(flat(self._recipe)), self._metrics):
                self._writer.file_writer.add_summary(summary)
        self._writer.close()
        self._writer = None


def grouped(name: str) -> str:
    """A scalar's tag: TensorBoard shows those with the same first part together."""
    if name == "images_per_second":
        return f"speed/{name}"
    return f"metric/{name}" if "/" in name else f"loss/{name}"


def flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, bool | int | float | str]]:
    """The dotted keys of a recipe and their values; lists as text."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool | int | float | str):
            yield f"{prefix}{key}", value
        elif value is not None:
            yield f"{prefix}{key}", json.dumps(value)
