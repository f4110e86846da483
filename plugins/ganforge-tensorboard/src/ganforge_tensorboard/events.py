"""A run as TensorBoard events: scalars grouped by name, sample grids, the recipe as hyper-parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

# Seconds between writes to the disk: short enough to watch a run live.
PATIENCE = 10


class Events:
    """Event writer of one run.

    Args:
        folder: output folder, created with the first file.
        recipe: the resolved recipe.

    Example:
        >>> events = Events(Path("runs/example/tensorboard"), {"train": {"steps": 100}})
        >>> events.end(finished=True)  # training has not begun, so nothing is written
    """

    def __init__(self, folder: Path, recipe: Mapping[str, object]) -> None:
        self._folder = folder
        self._recipe = recipe
        self._writer: Any = None
        self._metrics: dict[str, float] = {}

    def begin(self, step: int) -> None:
        """Open a file at this step; it makes TensorBoard discard later steps from older files."""
        # TensorBoard reads files in the order of their names, which begin with the time in seconds.
        suffix = f".{step:08d}"
        self._writer = SummaryWriter(
            str(self._folder), purge_step=step + 1, flush_secs=PATIENCE, filename_suffix=suffix
        )

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write losses, metrics and the speed, each under the tag of its group."""
        for name, value in values.items():
            tag = grouped(name)
            self._writer.add_scalar(tag, value, step)
            if tag.startswith("metric/"):
                self._metrics[tag] = value

    def image(self, step: int, name: str, images: npt.NDArray[np.uint8]) -> None:
        """Write an image [H, W, 3]."""
        self._writer.add_image(name, images, step, dataformats="HWC")

    def end(self, finished: bool) -> None:
        """Close the file; if the run finished, write the recipe and the last metrics first."""
        if self._writer is None:
            return
        if finished:
            # `add_hparams` would write into a separate folder; in the same file, the HPARAMS page links to the curves.
            for summary in hparams(dict(flat(self._recipe)), self._metrics):
                self._writer.file_writer.add_summary(summary)
        self._writer.close()
        self._writer = None


def grouped(name: str) -> str:
    """Return a scalar's tag; TensorBoard groups tags by their first part."""
    if name == "images_per_second":
        return f"speed/{name}"
    return f"metric/{name}" if "/" in name else f"loss/{name}"


def flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, bool | int | float | str]]:
    """Yield the dotted keys of a recipe with their values, with lists as text."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool | int | float | str):
            yield f"{prefix}{key}", value
        elif value is not None:
            yield f"{prefix}{key}", json.dumps(value)
