"""The files that a run keeps: the SHA-256 of each is in its record, and they are read only as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganforge.errors import RunError, command, os_errors_as
from ganforge.regular_file import require_regular, sha256
from ganforge.runs.directory import RunDirectory

FIELD = "kept"
"""The field of the record: SHA-256 by file, relative to the run directory."""


def digests(run: RunDirectory, paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of those files of a run that are there.

    Raises:
        RunError: a file cannot be read.
    """
    return {_name(run, path): digest for path in sorted(paths) if (digest := _digest(run, path)) is not None}


def add(run: RunDirectory, paths: Iterable[Path]) -> None:
    """Record the SHA-256 of further files of a run; only for the directory's one writer."""
    run.update_record({FIELD: {**_recorded(run), **digests(run, paths)}})


def forget(run: RunDirectory, paths: Iterable[Path]) -> None:
    """Drop the SHA-256 of files of a run that are about to change; only for the directory's one writer."""
    names = {_name(run, path) for path in paths}
    run.update_record({FIELD: {name: digest for name, digest in _recorded(run).items() if name not in names}})


def verify(run: RunDirectory, path: Path) -> None:
    """Make sure that a file of a run is as it was written; one that the record does not list may have any content.

    Raises:
        RunError: the file is missing, no regular file within the run, or not as it was written.
    """
    name = _name(run, path)
    with os_errors_as(RunError, f"{path} cannot be read", fix=_fix(run)):
        require_regular(path, None, run.path)
    if (expected := _recorded(run).get(name)) is not None and _digest(run, path) != expected:
        raise _damaged(run, name)


def losses(run: RunDirectory, without: str | None = None) -> dict[str, str]:
    """Return the kept files that are not as they were written: by name, `missing` or `damaged`.

    Args:
        run: the run directory.
        without: a folder to leave out.

    Raises:
        RunError: a file is no regular file within the run.
    """
    listed = {name: digest for name, digest in _recorded(run).items() if not name.startswith(f"{without}/")}
    found = {name: (_digest(run, run.path / name), expected) for name, expected in listed.items()}
    return {
        name: "missing" if digest is None else "damaged"
        for name, (digest, expected) in sorted(found.items())
        if digest != expected
    }


def require_readable(run: RunDirectory) -> None:
    """Refuse a run if a file that it keeps for readers is not as it was written, or its metrics are missing.

    Other files may be missing, and weights are checked where they are read.

    Raises:
        RunError: the first such file.
    """
    for name, loss in losses(run, without=run.weights.name).items():
        if loss == "damaged":
            raise _damaged(run, name)
        if name == run.metrics.name:
            raise RunError(f"{run.metrics} is missing", fix=_fix(run))


def _damaged(run: RunDirectory, name: str) -> RunError:
    message = f"{run.path / name} is damaged: it does not have the SHA-256 that {run.record.name} gives"
    return RunError(message, fix="undo what was changed in it" if name.endswith(".toml") else _fix(run))


def _fix(run: RunDirectory) -> str:
    return f"make it again: {command('resume', run.path)}"


def _recorded(run: RunDirectory) -> dict[str, str]:
    return dict(run.read_record().get(FIELD, {}))


def _name(run: RunDirectory, path: Path) -> str:
    return path.relative_to(run.path).as_posix()


def _digest(run: RunDirectory, path: Path) -> str | None:
    with os_errors_as(RunError, f"{path} cannot be read", fix="put the file itself there"):
        try:
            require_regular(path, None, run.path)
        except FileNotFoundError:
            return None
        return sha256(path)
