"""Exclusive access to a run directory: at most one writer.

The lock is the operating system's, on `run.lock`: it is released when its owner ends, even by SIGKILL, so it is never
stale. `owner.json` beside it names the owner for the error message.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import strict_json

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
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

    @classmethod
    def this_process(cls) -> Owner:
        """Describe this process as an owner from now on."""
        return cls(os.getpid(), platform.node(), _boot_id(), datetime.now(UTC).isoformat(timespec="seconds"))

    def is_alive(self) -> bool:
        """Return True if the process is running; a process on another host is assumed to be."""
        if self.host != platform.node():
            return True
        if self.boot_id != _boot_id():
            return False
        if os.name == "nt":  # There, signal 0 would end the process.
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True


class RunLock:
    """Context manager that holds a run directory for this process.

    Args:
        directory: the run directory, which must exist.

    Raises:
        RunError: on entering, when another process, or this one, holds it already; names the owner.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = FileLock(directory / "run.lock", thread_local=False)

    def __enter__(self) -> RunLock:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise _taken(self._directory) from None
        except OSError as error:
            raise _refused(self._directory, error) from error
        try:
            text = strict_json.dumps(asdict(Owner.this_process()), indent=1) + "\n"
            atomic.write_file(self._directory / _OWNER, text.encode("ascii"))
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise _refused(self._directory, error) from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            (self._directory / _OWNER).unlink(missing_ok=True)
        self._lock.release()


def running(directory: Path) -> Owner | None:
    """Return the process that writes to a run directory, or None; judged by the owner file alone, for display."""
    try:
        owner = Owner(**strict_json.loads((directory / _OWNER).read_bytes()))
        return owner if owner.is_alive() else None
    except (OSError, ValueError, TypeError, OverflowError):
        return None


def _taken(directory: Path) -> RunError:
    # The owner file is written just after the lock is taken, so retry briefly before reporting.
    for _ in range(20):
        owner = running(directory)
        if owner is not None:
            break
        time.sleep(0.025)
    else:
        return RunError(f"{directory} is in use by another process", fix="wait until it ends")
    return RunError(
        f"{directory} is in use by process {owner.pid} on {owner.host} since {owner.started}",
        fix=f"wait until it ends, or stop it: kill {owner.pid}",
    )


def _refused(directory: Path, error: OSError) -> RunError:
    return RunError(f"{directory} cannot be locked: {error.strerror or error}", fix="make the folder writable")


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
