"""The layout of a run directory, its status from new to finished, and creating and finding runs."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import strict_json
from ganforge.runs.strict_json import JSON
from ganforge.suggest import suggest

Status: TypeAlias = Literal["new", "training", "interrupted", "failed", "finished"]

_LONGEST_NAME = 64
_NAME = re.compile(rf"(?!\.)[A-Za-z0-9._-]{{1,{_LONGEST_NAME}}}")


class RunDirectory:
    """A run directory; its properties are paths within it, whether or not they exist.

    Attributes:
        path: the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.path)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunDirectory) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def name(self) -> str:
        """The run's name, which is the directory's."""
        return self.path.name

    @property
    def recipe(self) -> Path:
        """The recipe as it was resolved, every default filled in."""
        return self.path / "recipe.toml"

    @property
    def record(self) -> Path:
        """The run's record: status, name, recipe hash, method, environment, plugins, timings."""
        return self.path / "run.json"

    @property
    def journal(self) -> Path:
        """The log of events, one JSON object per line."""
        return self.path / "journal.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> Path:
        """The folder of sample grids."""
        return self.path / "samples"

    @property
    def metrics(self) -> Path:
        """The final metrics."""
        return self.path / "metrics.json"

    @property
    def readings(self) -> Path:
        """Predictions of judges and the run's own networks on the test images, with some of the images."""
        return self.path / "readings.safetensors"

    @property
    def report(self) -> Path:
        """The page that shows it all."""
        return self.path / "report.html"

    @property
    def weights(self) -> Path:
        """The folder of final weights, one safetensors file per network."""
        return self.path / "weights"

    @property
    def status(self) -> Status:
        """The run's status as last written.

        A killed run still says `training`; `ganforge.runs.lock.running` tells whether a process is at work on it.

        Raises:
            RunError: `run.json` is missing or damaged.
        """
        status = self.read_record().get("status")
        if status not in get_args(Status):
            raise RunError(f"{self.record} is damaged: it has the status {status!r}")
        return cast(Status, status)

    @status.setter
    def status(self, status: Status) -> None:
        self.update_record({"status": status})

    def read_record(self) -> dict[str, Any]:
        """Read `run.json`.

        Raises:
            RunError: it is missing or damaged.
        """
        try:
            record = strict_json.loads(self.record.read_bytes())
        except FileNotFoundError:
            raise RunError(f"{self.path} is not a run: it has no {self.record.name}") from None
        except OSError as error:
            raise RunError(f"{self.record} cannot be read: {error.strerror or error}") from error
        except ValueError as error:
            raise RunError(f"{self.record} is damaged: {error}") from None
        if not isinstance(record, dict):
            raise RunError(f"{self.record} is damaged: it is not an object")
        return record

    def update_record(self, fields: dict[str, JSON]) -> None:
        """Set `fields` in `run.json` and keep the others; atomic, for the directory's one writer.

        Raises:
            RunError: the file is damaged, or cannot be written.
        """
        self._write_record({**self.read_record(), **fields})

    def clean(self) -> None:
        """Remove leftovers of killed writers; call it only as the directory's one writer, before writing."""
        for folder in (self.path, self.checkpoints, self.samples):
            atomic.clean(folder)

    def _write_record(self, record: dict[str, JSON]) -> None:
        try:
            atomic.write_file(self.record, (strict_json.dumps(record, indent=1) + "\n").encode("ascii"))
        except OSError as error:
            raise RunError(
                f"{self.record} cannot be written: {error.strerror or error}",
                fix="make room or make the folder writable",
            ) from error


def create(root: Path, name: str) -> RunDirectory:
    """Create the directory of a new run below `root`, with the status `new`.

    When `name` is taken, the run is called name-2, name-3 and so on. No two processes ever get the same directory,
    and no link is followed.

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
    try:
        root.mkdir(parents=True, exist_ok=True)
        run = RunDirectory(_make_unused(root, name))
    except OSError as error:
        raise RunError(f"no run can be made in {root}: {error.strerror or error}") from error
    run._write_record({"status": "new", "name": run.name})
    return run


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


def find(text: str, root: Path) -> RunDirectory:
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
    try:
        return [RunDirectory(path) for path in sorted(root.iterdir()) if is_run(path)]
    except OSError:
        return []


def _make_unused(root: Path, name: str) -> Path:
    number = 1
    while True:
        suffix = f"-{number}" if number > 1 else ""
        path = root / f"{name[: _LONGEST_NAME - len(suffix)]}{suffix}"
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1
