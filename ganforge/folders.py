"""Default locations of data, runs and caches: explicit argument, then environment variable, then platform default."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from ganforge.errors import UsageError


class PlaceOptions(TypedDict, total=False):
    """Options that say where and how to run: those of the command line and of the functions in `ganforge`.

    Attributes:
        data: folder of data sets; else `$GANFORGE_DATA`, else `data`.
        runs: folder of run directories; else `$GANFORGE_RUNS`, else `runs`.
        cache: folder of decoded data; else `$GANFORGE_CACHE`, else `ganforge` in the user's cache folder.
        device: `auto` (CUDA where there is a GPU), `cpu`, `cuda` or `cuda:N`.
        threads: CPU threads; else torch's default.
        trackers: names of plugins that watch; else `$GANFORGE_TRACKERS`, else none.
    """

    data: str | Path | None
    runs: str | Path | None
    cache: str | Path | None
    device: str
    threads: int | None
    trackers: Iterable[str] | None


def data_folder(given: str | Path | None = None) -> Path:
    """Return the folder of data sets: as given, else `$GANFORGE_DATA`, else `data`."""
    return Path(given or os.environ.get("GANFORGE_DATA") or "data")


def runs_folder(given: str | Path | None = None) -> Path:
    """Return the folder of run directories: as given, else `$GANFORGE_RUNS`, else `runs`."""
    return Path(given or os.environ.get("GANFORGE_RUNS") or "runs")


def cache_folder(given: str | Path | None = None) -> Path:
    """Return the folder of rebuildable data: as given, else `$GANFORGE_CACHE`, else `ganforge` in the user's cache.

    Raises:
        UsageError: it is not given, and the user has no home folder.
    """
    if chosen := given or os.environ.get("GANFORGE_CACHE"):
        return Path(chosen)
    if folder := os.environ.get("XDG_CACHE_HOME"):
        return Path(folder) / "ganforge"
    return _home("the cache", "give --cache FOLDER, or set GANFORGE_CACHE") / ".cache" / "ganforge"


def weights_folder() -> Path:
    """Return the folder of weights made by `ganforge download`.

    `$GANFORGE_WEIGHTS`, else `ganforge/weights` in the user's data folder.

    Raises:
        UsageError: it is not given, and the user has no home folder.
    """
    if chosen := os.environ.get("GANFORGE_WEIGHTS"):
        return Path(chosen).absolute()
    if folder := os.environ.get("XDG_DATA_HOME"):
        return Path(folder).absolute() / "ganforge" / "weights"
    return _home("weights", "set GANFORGE_WEIGHTS to a folder") / ".local" / "share" / "ganforge" / "weights"


def _home(what: str, fix: str) -> Path:
    try:
        return Path.home()
    except RuntimeError:  # no HOME, and a user without an entry, as in a container
        raise UsageError(f"there is no home folder to keep {what} in", fix=fix) from None
