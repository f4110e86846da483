"""Run directories: their layout and status, and functions to create and find them."""

from __future__ import annotations

import itertools
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from ganforge import atomic
from ganforge.errors import RunError, os_errors_as
from ganforge.regular_file import read_regular
from ganforge.runs import sealed
from ganforge.runs.strict_json import JSON
from ganforge.suggest import suggest

Status: TypeAlias = Literal["new", "training", "interrupted", "failed", "finished"]

_LONGEST_NAME = 64
_BACK = "put it back from a copy of the run, or undo what was changed in it"
_NAME = re.compile(rf"(?!\.)[A-Za-z0-9._-]{{1,{_LONGEST_NAME}}}")


@dataclass(unsafe_hash=True)
class RunDirectory:
    """A run directory; all but its path and name are paths within it, whether or not they exist.

    Attributes:
        path: the directory.
        name: the name of the run and of the directory.
        recipe: the recipe as it was resolved, every default filled in.
        record: status, name, recipe hash, method, environment, plugins and timings.
        journal: the log of events, one JSON object per line.
        checkpoints: the folder of checkpoints.
        samples: the folder of sample grids.
        metrics: the final metrics.
        readings: predictions of judges and the run's own networks on the test images, with some of the images.
        report: the HTML report.
        weights: the folder of final weights, one safetensors file per network.
        statistics: the statistics over the training images that outputs are computed from, if there are any.
    """

    path: Path

    def __post_init__(self) -> None:
        self.name = self.path.name
        self.recipe = self.path / "recipe.toml"
        self.record = self.path / "run.json"
        self.journal = self.path / "journal.jsonl"
        self.checkpoints = self.path / "checkpoints"
        self.samples = self.path / "samples"
        self.metrics = self.path / "metrics.json"
        self.readings = self.path / "readings.safetensors"
        self.report = self.path / "report.html"
        self.weights = self.path / "weights"
        self.statistics = self.path / "statistics.safetensors"

    @property
    def status(self) -> Status:
        """The run's status as last written; `RunError` if `run.json` is missing or damaged.

        A killed run still says `training`; `ganforge.runs.lock.running` returns the process that works on it, if any.
        """
        status = self.read_record().get("status")
        if status not in get_args(Status):
            raise RunError(f"{self.record} is damaged: it has the status {status!r}", fix=_BACK)
        return cast(Status, status)

    @status.setter
    def status(self, status: Status) -> None:
        self.update_record({"status": status})

    def read_record(self) -> dict[str, Any]:
        """Read `run.json`.

        Raises:
            RunError: the file is missing or damaged.
        """
        try:
            return sealed.loads(read_regular(self.record))
        except FileNotFoundError:
            raise RunError(f"{self.path} is not a run: it has no {self.record.name}") from None
        except OSError as error:
            raise RunError(f"{self.record} cannot be read: {error.strerror or error}", fix=_BACK) from error
        except ValueError as error:
            raise RunError(f"{self.record} is damaged: {error}", fix=_BACK) from None

    def update_record(self, fields: dict[str, JSON]) -> None:
        """Set `fields` in `run.json` and keep the others, atomically; only for the directory's one writer.

        Raises:
            RunError: the file is damaged, or cannot be written.
        """
        self._write_record({**self.read_record(), **fields})

    def clean(self) -> None:
        """Remove leftovers of killed writers; only for the directory's one writer, before it writes."""
        for folder in (self.path, self.checkpoints, self.samples, self.path / "recipes"):
            atomic.clean(folder)

    def _write_record(self, record: dict[str, JSON]) -> None:
        fix = "make room or make the folder writable"
        with os_errors_as(RunError, f"{self.record} cannot be written", fix=fix):
            atomic.write_file(self.record, sealed.dumps(record))


def create(root: Path, name: str) -> RunDirectory:
    """Create the directory of a new run below `root`, with the status `new`.

    If `name` is taken, the run is called name-2, name-3 and so on. No two processes get the same directory, and no link
    is followed.

    Args:
        root: the folder of runs; created if missing.
        name: 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with a dot.

    Raises:
        RunError: the name is not allowed, or the directory cannot be made.
    """
    if not _NAME.fullmatch(name):
        raise RunError(
            f"{name!r} cannot name a run",
            fix=f"use 1 to {_LONGEST_NAME} letters, digits, '.', '_' and '-', without a dot in front",
        )
    for number in itertools.count(1):
        suffix = f"-{number}" if number > 1 else ""
        path = root / f"{name[: _LONGEST_NAME - len(suffix)]}{suffix}"
        if not os.path.lexists(path) and begin(path):
            return RunDirectory(path)
    raise AssertionError


def begin(path: Path) -> bool:
    """Make the directory of a new run where nothing or an empty folder is; return False if something else is there.

    It appears with its record, so that of several processes at once one makes it, and the others find it made.

    Raises:
        RunError: the directory cannot be made.
    """
    with os_errors_as(RunError, f"no run can be made in {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with atomic.new_folder(path) as folder:
                RunDirectory(folder)._write_record({"status": "new", "name": path.name})
        except FileExistsError:
            return False
    return True


def remove_unborn(path: Path) -> None:
    """Remove a directory left by a process killed before it wrote `run.json`; call it only under the run's lock.

    A directory that holds anything else is left alone.
    """
    if path.is_dir() and not path.is_symlink() and not is_run(path):
        atomic.clean(path)
        with suppress(OSError):
            path.rmdir()


def is_run(path: Path) -> bool:
    """Return True if `path` is a run directory."""
    return os.path.isfile(path / "run.json")


def find_run(text: str, root: Path) -> RunDirectory:
    """Find a run by its path, or else by its name below `root`.

    Raises:
        RunError: no such run; lists similar names.
    """
    if text and is_run(Path(text)):
        return RunDirectory(Path(text))
    if _NAME.fullmatch(text) and is_run(root / text):
        return RunDirectory(root / text)
    names = [run.name for run in list_runs(root)]
    wanted = re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    missing = "a folder, but not a run: it has no run.json" if os.path.isdir(text) else f"neither a run nor in {root}"
    others = f"try {' or '.join(names[:5])}" if names else "train one first: ganforge run RECIPE"
    raise RunError(f"{text!r} is {missing}", fix=suggest(wanted, names, count=3, cutoff=0.5) or others)


def list_runs(root: Path) -> list[RunDirectory]:
    """List the runs directly below `root`, sorted by name; none if it cannot be read."""
    with suppress(OSError):
        # Names with a dot in front are of directories that are being made.
        return [RunDirectory(path) for path in sorted(root.iterdir()) if path.name[0] != "." and is_run(path)]
    return []
