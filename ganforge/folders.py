"""Where data, runs and caches lie: as a user says, else as the environment says, else as most would have it."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder(given: Path | None = None) -> Path:
    """The folder of data sets: else `$GANFORGE_DATA`, else `data`."""
    return given or Path(os.environ.get("GANFORGE_DATA") or "data")


def runs_folder(given: Path | None = None) -> Path:
    """The folder of run directories: else `$GANFORGE_RUNS`, else `runs`."""
    return given or Path(os.environ.get("GANFORGE_RUNS") or "runs")


def cache_folder(given: Path | None = None) -> Path:
    """The folder of what can be made again: else `$GANFORGE_CACHE`, else `ganforge` in the user's cache folder."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return given or Path(os.environ.get("GANFORGE_CACHE") or home / "ganforge")
