"""What an import does besides importing: how long it takes, what it prints, brings along and changes.

What a plugin prints, or a program that it starts, goes to stderr, so that it cannot spoil what a command prints for
programs to read; and what it changes of the state that the core relies on is put back. `ganforge doctor` tells all of
it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from ganforge.imports import process_state

HEAVY = ("torch", "torchvision", "scipy", "matplotlib", "sklearn", "skimage", "pandas", "cv2", "tensorflow", "jax")
"""Packages that take their time, and have no place in what is imported to list names."""
LONGEST = 200


@dataclass(frozen=True)
class ImportReport:
    """What came of an import.

    Attributes:
        seconds: how long it took; what several plugins import counts for the first of them.
        printed: the beginning of what it printed, in one line.
        imported: the heavy packages that it brought along.
        changed: the state of the process that it changed, as `process_state` calls it.
    """

    seconds: float = 0.0
    printed: str = ""
    imported: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Watch:
    """Holds the conduct of an import once that has ended, well or not."""

    conduct = ImportReport()


@contextlib.contextmanager
def watched() -> Iterator[Watch]:
    """A context to import in."""
    watch, copy = Watch(), io.StringIO()
    stderr: Any = _Tee(sys.stderr or io.StringIO(), copy)
    loaded = {name for name in HEAVY if name in sys.modules}
    before = process_state.read()
    began = time.perf_counter()
    try:
        with _descriptor_to(stderr), contextlib.redirect_stdout(stderr):
            yield watch
    finally:
        seconds = time.perf_counter() - began
        imported = tuple(name for name in HEAVY if name in sys.modules and name not in loaded)
        printed = " ".join(copy.getvalue().split())
        shown = printed if len(printed) <= LONGEST else f"{printed[:LONGEST]}..."
        watch.conduct = ImportReport(seconds, shown, imported, process_state.put_back(before))


@contextlib.contextmanager
def _descriptor_to(stream: TextIO) -> Iterator[None]:
    """Collect what reaches the process's standard output past `sys.stdout`, and write it to a stream at the end."""
    with contextlib.ExitStack() as opened:
        try:
            file = opened.enter_context(tempfile.TemporaryFile())
            stdout = os.dup(1)
        except OSError:  # no room for a file, or a process without standard output
            yield
            return
        opened.callback(os.close, stdout)
        _flush()
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            _flush()
            os.dup2(stdout, 1)
            file.seek(0)
            stream.write(file.read().decode(errors="replace"))


def _flush() -> None:
    for stream in (sys.stdout, sys.__stdout__):
        with contextlib.suppress(Exception):  # a stream that is not there, closed or full
            stream.flush()  # type: ignore[union-attr]


class _Tee:
    """A stream that keeps a copy of what is written to it, and that nobody can close."""

    def __init__(self, stream: TextIO, copy: TextIO) -> None:
        self._stream = stream
        self._copy = copy

    def write(self, text: str) -> int:
        self._copy.write(text)
        return self._stream.write(text)

    def close(self) -> None:
        """Leave the stream open for those that it belongs to."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
