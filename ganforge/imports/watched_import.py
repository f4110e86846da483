"""Watched imports: how long an import takes, what it prints, which heavy packages it imports, what state it changes.

Output of the import, or of a program that it starts, goes to stderr, so that it cannot corrupt a command's
machine-readable stdout. State that the core relies on is restored. `ganforge doctor` reports all of it.
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
from ganforge.printable import printable

HEAVY = ("torch", "torchvision", "scipy", "matplotlib", "sklearn", "skimage", "pandas", "cv2", "tensorflow", "jax")
"""Packages that take long to import and have no place in a module that only lists names."""
LONGEST = 200


@dataclass
class ImportReport:
    """Side effects of an import.

    Attributes:
        seconds: import time; shared imports are charged to the first plugin that triggers them.
        printed: the beginning of its output, in one line.
        imported: the heavy packages that it imported.
        changed: the process-wide state that it changed, by its names in `process_state`.
    """

    seconds: float = 0.0
    printed: str = ""
    imported: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@contextlib.contextmanager
def watched_import() -> Iterator[ImportReport]:
    """Watch the imports of a `with` block; the report is filled in when the block ends, successfully or not."""
    report, copy = ImportReport(), io.StringIO()
    stderr: Any = _Tee(sys.stderr or io.StringIO(), copy)
    loaded = {name for name in HEAVY if name in sys.modules}
    before = process_state.read()
    began = time.perf_counter()
    try:
        with _descriptor_to(stderr), contextlib.redirect_stdout(stderr):
            yield report
    finally:
        report.seconds = time.perf_counter() - began
        report.imported = tuple(name for name in HEAVY if name in sys.modules and name not in loaded)
        report.printed = printable(" ".join(copy.getvalue().split()), LONGEST)
        report.changed = process_state.restore(before)


@contextlib.contextmanager
def _descriptor_to(stream: TextIO) -> Iterator[None]:
    """Collect output that bypasses `sys.stdout`, and write it to a stream at the end."""
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
    """A stream that copies its output and ignores `close`."""

    def __init__(self, stream: TextIO, copy: TextIO) -> None:
        self._stream = stream
        self._copy = copy

    def write(self, text: str) -> int:
        self._copy.write(text)
        return self._stream.write(text)

    def close(self) -> None:
        """Leave the stream open for its owner."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
