"""The journal of a run: one JSON object per line, append-only, in chronological order.

A full disk must not end a training: the first failing write is reported, and its record is lost. Readers skip a line
that a crash or a full disk tore, and the next record starts on a line of its own. Each line holds its CRC-32, so that
one in which anything was changed is skipped, too.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from ganforge import atomic
from ganforge.errors import RunError, os_errors_as
from ganforge.regular_file import require_regular
from ganforge.runs import strict_json
from ganforge.runs.strict_json import JSON

_MOST = 4 << 20  # bytes of lines that are parsed
_LONGEST = 1 << 16  # bytes of a line
_CRC = "crc32"
_SEALED = re.compile(rb'(.*?)(?:, )?"%s": "([0-9a-f]{8})"}' % _CRC.encode(), re.DOTALL)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read the records of the journal at `path`, in order, without damaged lines; none if there is no journal.

    Of a journal of more than 4 MiB, losses are read at evenly spread steps, so that memory does not grow with it.

    Raises:
        RunError: the file cannot be read, or is a link.
    """
    return [record for line in _thinned(path) if (record := _record(line)) is not None]


def damaged_lines(path: Path) -> int:
    """Count the lines that `read_journal` skips; one without its end does not count, as any killed writer leaves it.

    Raises:
        RunError: the file cannot be read, or is a link.
    """
    return sum(line.endswith(b"\n") and _record(line) is None for line in _thinned(path))


def _thinned(path: Path) -> Iterator[bytes]:
    """Yield every n-th line of losses, and all other lines, as long as there is room; none if there is no journal."""
    with os_errors_as(RunError, f"{path} cannot be read"):
        try:
            size = require_regular(path, most=None)
        except FileNotFoundError:
            return
        every, room = max(1, -(-size // _MOST)), 2 * _MOST
        with path.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(_LONGEST), b"")):
                if (number % every == 0 or b'"losses"' not in line) and len(line) <= room:
                    room -= len(line)
                    yield line


def left_out(damaged: int) -> str:
    """Say that lines of a journal are left out."""
    return f"{damaged} damaged line{'s' * (damaged > 1)} of the journal {'are' if damaged > 1 else 'is'} left out"


class Journal(AbstractContextManager["Journal"]):
    """The only writer of a run's journal.

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
        line = _sealed(strict_json.dumps(record).encode("ascii")) + b"\n"
        with self._reporting():
            descriptor = self._opened()
            # Start a new line after a torn one, or this record would be lost with it.
            rest = memoryview(b"\n" + line if self._torn else line)
            self._torn = True
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            self._torn = False

    def sync(self) -> None:
        """Flush to disk, so that records survive a power failure; call it before saving a checkpoint."""
        if self._descriptor is not None:
            with self._reporting():
                os.fsync(self._descriptor)

    def truncate_after(self, step: int) -> int:
        """Drop records with a "step" greater than `step`, and damaged lines; keep records without a step.

        Returns:
            The number of damaged lines, without one that has no end.

        Raises:
            RunError: the disk refused; the journal is as it was.
        """
        self.close()
        lines = _lines(self.path)
        records = [_record(line) for line in lines]
        kept = [line for line, record in zip(lines, records, strict=True) if _is_kept(record, step)]
        content = b"".join(line + b"\n" for line in kept)
        if content != b"\n".join(lines):
            fix = "make room or make the folder writable"
            with os_errors_as(RunError, f"{self.path} could not be cut back to step {step}", fix=fix):
                atomic.write_file(self.path, content)
        return sum(record is None for record in records[:-1])

    def close(self) -> None:
        """Close the file; a later `write` opens it again."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
            self._torn = False

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> int:
        if self._descriptor is None:
            with suppress(FileNotFoundError):
                require_regular(self.path, most=None)  # a link in a received run must not append to another file
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.path, flags, 0o666)
            size = os.fstat(self._descriptor).st_size
            if size:
                os.lseek(self._descriptor, size - 1, os.SEEK_SET)
                self._torn = os.read(self._descriptor, 1) != b"\n"
        return self._descriptor

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._reported:
                self._reported = True
                reason = error.strerror or error
                self._on_error(f"{self.path} cannot be written ({reason}): records are lost from here on")


def _lines(path: Path) -> list[bytes]:
    """Split the file into lines; the last one is the rest after the last newline, empty in an intact journal."""
    with os_errors_as(RunError, f"{path} cannot be read"):
        try:
            require_regular(path, most=None)
        except FileNotFoundError:
            return [b""]
        return path.read_bytes().split(b"\n")


def _sealed(text: bytes) -> bytes:
    """Put the CRC-32 of an object's text into the object, behind all else."""
    comma = b"" if text == b"{}" else b", "
    return b'%s%s"%s": "%08x"}' % (text[:-1], comma, _CRC.encode(), zlib.crc32(text))


def _record(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, or None if it is damaged; lines of earlier versions have no CRC-32."""
    line = line.rstrip(b"\n")
    sealed = _SEALED.fullmatch(line)
    if sealed and zlib.crc32(sealed[1] + b"}") != int(sealed[2], 16):
        return None
    with suppress(ValueError):
        record = strict_json.loads(sealed[1] + b"}" if sealed else line)
        return record if isinstance(record, dict) and _CRC not in record else None
    return None


def _is_kept(record: dict[str, Any] | None, step: int) -> bool:
    number = None if record is None else record.get("step")
    return record is not None and (not isinstance(number, int | float) or number <= step)
