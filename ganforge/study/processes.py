"""Runs side by side, each in a process of its own, so that a crash takes one run with it."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from ganforge.study.jobs import Job
from ganforge.study.logs import last_error
from ganforge.study.worker import Assignment, work
from ganforge.training.signals import StopRequest

TICK = 0.25
"""Seconds between looks at whether to stop."""


@dataclass(frozen=True)
class Slot:
    """A place for one run at a time.

    Attributes:
        device: as the command line names it.
        threads: of the CPU; else as torch has it.
        environment: variables to set.
    """

    device: str = "auto"
    threads: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Watcher:
    """Who watches a study; every method may be left as it is."""

    def planned(self, jobs: int) -> None:
        """So many runs are to be made."""

    def begun(self, job: Job) -> None:
        """A run starts."""

    def ended(self, job: Job, reason: str | None) -> None:
        """A run has ended: well, or for a reason."""

    def tick(self) -> None:
        """Some time has passed."""


class Pool:
    """Makes runs, as many at a time as there are slots, each as soon as those that it builds on are there.

    Args:
        jobs: by directory; what a run builds on stands before it.
        slots: where to run.
        assign: what a worker is told.
        watcher: who watches.
    """

    def __init__(
        self,
        jobs: Mapping[Path, Job],
        slots: list[Slot],
        assign: Callable[[Job, Slot], Assignment],
        watcher: Watcher,
    ) -> None:
        self._failed: set[Path] = set()
        self._stopping = False
        self._waiting = dict(jobs)
        self._free = list(slots)
        self._running: dict[BaseProcess, tuple[Job, Slot, Assignment]] = {}
        self._assign = assign
        self._watcher = watcher
        self._process = _process_class()

    def run(self, stop: StopRequest) -> None:
        """Make all runs, as far as they succeed.

        When asked to stop, the workers finish their step and save; when asked again, they are killed.
        """
        self._watcher.planned(len(self._waiting))
        try:
            with stop.guarded():
                while self._running or (self._waiting and not self._stopping):
                    if stop.signal_number is not None and not self._stopping:
                        self._stopping = True
                        for process in self._running:
                            process.terminate()
                    if not self._stopping:
                        self._start()
                    wait([process.sentinel for process in self._running], TICK)
                    for process in [process for process in self._running if not process.is_alive()]:
                        self._collect(process)
                    self._watcher.tick()
        finally:
            for process in self._running:
                process.kill()
                process.join()

    def _start(self) -> None:
        """Start what can be started; what builds on a failure has failed too."""
        for path, job in list(self._waiting.items()):
            failed = [need for need in job.needs if need in self._failed]
            if failed:
                del self._waiting[path]
                self._end(job, f"{failed[0].name}, which it builds on, failed")
            elif self._free and not any(need in self._waiting or self._is_running(need) for need in job.needs):
                del self._waiting[path]
                slot = self._free.pop(0)
                assignment = self._assign(job, slot)
                process = self._process(target=work, args=(assignment,), name=job.name)
                process.start()
                self._running[process] = (job, slot, assignment)
                self._watcher.begun(job)

    def _is_running(self, path: Path) -> bool:
        return any(job.path == path for job, _, _ in self._running.values())

    def _collect(self, process: BaseProcess) -> None:
        job, slot, assignment = self._running.pop(process)
        process.join()
        self._free.append(slot)
        finished = process.exitcode == 0 and job.is_done
        self._end(job, None if finished else "stopped" if self._stopping else _reason(process, assignment.log))

    def _end(self, job: Job, reason: str | None) -> None:
        if reason is not None:
            self._failed.add(job.path)
        self._watcher.ended(job, reason)


def _process_class() -> Callable[..., BaseProcess]:
    """Processes that begin with torch imported, where the system can fork; else new ones that import it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn").Process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    return context.Process


def _reason(process: BaseProcess, log: Path) -> str:
    """Why a worker failed: the signal that killed it, or the last error in its log."""
    code = process.exitcode or 0
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return last_error(log) or f"ended with exit code {code}"
