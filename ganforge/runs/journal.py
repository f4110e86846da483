"""The journal of a run: one JSON object per line, append-only, in chronological order.

Training must not end because a line cannot be written: a full disk is reported once and the line is lost. Readers skip
a line that a crash or a full disk tore, and it is never joined to the next one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import strict_json
from ganforge.runs.strict_json import JSON


def _ignore(path: Path, reason: str) -> None:
    """Skip damaged lines silently."""


def read(path: Path, on_damaged: Callable[[Path, str], None] = _ignore) -> list[dict[str, Any]]:
    """Read all records of the journal at `path`, in order; none if there is no journal.

    Args:
        path: the journal.
        on_damaged: called for each line that is skipped as unreadable, except for a torn last one, which a killed
            writer leaves.

    Raises:
        RunError: the file cannot be read.
    """
    lines = _lines(path)
    records = []
    for number, line in enumerate(lines, start=1):
        record = _record(line)
        if record is not None:
            records.append(record)
        elif line and number < len(lines):
            on_damaged(path, f"{path}:{number}: this line is damaged and was skipped")
    return records


class Journal:
    """The writer of a journal; there is only one per run.

    Args:
        path: the file; created by the first `write` if missing.
        on_error: called with the reason, the first time that the journal cannot be written.
    """

    def __init__(self, path: Path, on_error: Callable[[str], None]) -> None:
        self.path = path
        self._on_error = on_error
        self._reported = False
        self._descriptor: int | None = None
        self._torn = False

    def write(self, record: Mapping[str, JSON]) -> None:
        """Append one record and flush it to the operating system, so that it survives this process.

        Raises:
            RunError: the record cannot be written as JSON.
        """
        line = strict_json.dumps(record).encode("ascii") + b"\n"
        try:
            descriptor = self._opened()
            # Start a new line after a torn one, or this record would be lost with it.
            rest = memoryview(b"\n" + line if self._torn else line)
            self._torn = True
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            self._torn = False
        except OSError as error:
            self._report(error)

    def sync(self) -> None:
        """Flush to disk, so that records survive a power failure; call it before saving a checkpoint."""
        if self._descriptor is not None:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                self._report(error)

    def truncate_after(self, step: int) -> None:
        """Drop records with a "step" greater than `step`, and damaged lines; keep records without a step.

        Raises:
            RunError: the disk refused; the journal is as it was.
        """
        self.close()
        lines = _lines(self.path)
        kept = [line for line in lines if _is_kept(_record(line), step)]
        content = b"".join(line + b"\n" for line in kept)
        if content == b"\n".join(lines):
            return
        try:
            atomic.write_file(self.path, content)
        except OSError as error:
            raise RunError(
                f"{self.path} could not be cut back to step {step}: {error.strerror or error}",
                fix="make room or make the folder writable",
            ) from error

    def close(self) -> None:
        """Close the file; a later `write` opens it again."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
            self._torn = False

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.path, flags, 0o666)
            size = os.fstat(self._descriptor).st_size
            if size:
                os.lseek(self._descriptor, size - 1, os.SEEK_SET)
                self._torn = os.read(self._descriptor, 1) != b"\n"
        return self._descriptor

    def _report(self, error: OSError) -> None:
        if not self._reported:
            self._reported = True
            self._on_error(f"{self.path} cannot be written ({error.strerror or error}): records are lost from here on")


def _lines(path: Path) -> list[bytes]:
    """Split the file into lines; the last one is the rest after the last newline, empty in an intact journal."""
    try:
        return path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [b""]
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = strict_json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _is_kept(record: dict[str, Any] | None, step: int) -> bool:
    if record is None:
        return False
    number = record.get("step")
    return not isinstance(number, int | float) or number <= step
