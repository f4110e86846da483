"""Exclusive access to a run directory: at most one writer.

The lock is the operating system's, on `run.lock`: it is released when its owner ends, even by SIGKILL, so it is never
stale. `owner.json` beside it names the owner for the error message.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ganforge import atomic
from ganforge.errors import RunError, os_errors_as
from ganforge.regular_file import read_regular
from ganforge.runs import strict_json

_OWNER = "owner.json"


@dataclass(frozen=True)
class Owner:
    """The process that holds a lock.

    Attributes:
        pid: its process number.
        host: the machine it runs on.
        boot_id: which boot of that machine (Linux; empty elsewhere).
        started: when it took the lock, ISO 8601, UTC.
    """

    pid: int
    host: str
    boot_id: str
    started: str

    def is_alive(self) -> bool:
        """Return True if the process is running; one on another host or on Windows is assumed to be."""
        if self.host != platform.node() or os.name == "nt":  # On Windows, signal 0 would end the process.
            return True
        if self.boot_id != _boot_id():
            return False
        try:
            os.kill(self.pid, 0)
        except OSError as error:
            return not isinstance(error, ProcessLookupError)
        return True


@contextmanager
def run_lock(directory: Path) -> Iterator[None]:
    """Hold a run directory, which must exist, for this process.

    Raises:
        RunError: another process, or this one, holds it already; names the owner.
    """
    owner = Owner(os.getpid(), platform.node(), _boot_id(), datetime.now(UTC).isoformat(timespec="seconds"))
    lock = FileLock(directory / "run.lock", thread_local=False)
    try:
        with os_errors_as(RunError, f"{directory} cannot be locked", fix="make the folder writable"):
            try:
                lock.acquire(blocking=False)
            except Timeout:
                raise _taken(directory) from None
            atomic.write_file(directory / _OWNER, (strict_json.dumps(asdict(owner), indent=1) + "\n").encode("ascii"))
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                (directory / _OWNER).unlink(missing_ok=True)
            lock.release()


def running(directory: Path) -> Owner | None:
    """Return the process that writes to a run directory, or None; judged by the owner file alone, for display."""
    try:
        owner = Owner(**strict_json.loads(read_regular(directory / _OWNER)))
        return owner if owner.is_alive() else None
    except (OSError, ValueError, TypeError, OverflowError):
        return None


def _taken(directory: Path) -> RunError:
    # The owner file is written just after the lock is taken, so retry briefly before reporting.
    for _ in range(20):
        if (owner := running(directory)) is not None:
            return RunError(
                f"{directory} is in use by process {owner.pid} on {owner.host} since {owner.started}",
                fix=f"wait until it ends, or stop it: kill {owner.pid}",
            )
        time.sleep(0.025)
    return RunError(f"{directory} is in use by another process", fix="wait until it ends")


def _boot_id() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
