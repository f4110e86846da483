"""Runs side by side, each in a process of its own, so that a crash costs one run only."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from ganforge.engine.place import choose_device
from ganforge.study.jobs import Job
from ganforge.study.saved import last_error
from ganforge.study.worker import Assignment, work
from ganforge.training.signals import StopRequest

TICK = 0.25
"""Seconds between checks for a request to stop."""


@dataclass(frozen=True)
class Slot:
    """Room for one run at a time.

    Attributes:
        device: as on the command line.
        threads: CPU threads; else torch's default.
        environment: environment variables to set.
    """

    device: str = "auto"
    threads: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def slots(jobs: int | None, device: str, threads: int | None) -> list[Slot]:
    """Divide this machine among runs side by side.

    Args:
        jobs: the number of runs; by default one for each GPU, or one on the CPU. More runs than GPUs share these.
        device: as on the command line; `auto` and `cuda` mean all GPUs.
        threads: CPU threads of each run; by default an equal share of torch's.

    Raises:
        UsageError: there is no such device.
    """
    chosen = choose_device(device)
    if chosen.type == "cuda" and chosen.index is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        names = visible.split(",") if visible else [str(index) for index in range(torch.cuda.device_count())]
        return [
            Slot("cuda", threads, {"CUDA_VISIBLE_DEVICES": names[number % len(names)]})
            for number in range(jobs or len(names))
        ]
    count = jobs or 1
    if threads is None and count > 1 and chosen.type == "cpu":
        threads = max(1, torch.get_num_threads() // count)
    return [Slot(device, threads)] * count


class StudyListener:
    """Receives what happens in a study; override what is of interest."""

    def planned(self, jobs: int) -> None:
        """Note the number of runs to make."""

    def begun(self, job: Job) -> None:
        """Note that a run starts."""

    def ended(self, job: Job, reason: str | None) -> None:
        """Note that a run has ended: well, or for a reason."""

    def tick(self) -> None:
        """Note that some time has passed."""


class Pool:
    """Makes runs, as many at a time as there are slots, each as soon as those that it builds on are finished.

    Args:
        jobs: by directory, each behind those that it builds on.
        slots: where to run.
        assign: returns a worker's task.
        listeners: receive what happens.
    """

    def __init__(
        self,
        jobs: Mapping[Path, Job],
        slots: Sequence[Slot],
        assign: Callable[[Job, Slot], Assignment],
        listeners: Sequence[StudyListener],
    ) -> None:
        self._failed: set[Path] = set()
        self._stopping = False
        self._waiting = dict(jobs)
        self._free = list(slots)
        self._running: dict[BaseProcess, tuple[Job, Slot, Assignment]] = {}
        self._assign = assign
        self._listeners = listeners
        self._process = _process_class()

    def run(self, stop: StopRequest) -> None:
        """Make all runs; a failed one does not keep the others from running.

        When asked to stop, workers finish their step and save; when asked again, they are killed.
        """
        for listener in self._listeners:
            listener.planned(len(self._waiting))
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
                    for listener in self._listeners:
                        listener.tick()
        finally:
            for process in self._running:
                process.kill()
                process.join()

    def _start(self) -> None:
        """Start all jobs that can start; those that build on a failed run fail too."""
        running = {job.path for job, _, _ in self._running.values()}
        for path, job in list(self._waiting.items()):
            failed = [need for need in job.needs if need in self._failed]
            if failed:
                del self._waiting[path]
                self._end(job, f"{failed[0].name}, which it builds on, failed")
            elif self._free and not any(need in self._waiting or need in running for need in job.needs):
                del self._waiting[path]
                slot = self._free.pop(0)
                assignment = self._assign(job, slot)
                process = self._process(target=work, args=(assignment,), name=job.name)
                process.start()
                self._running[process] = (job, slot, assignment)
                running.add(path)
                for listener in self._listeners:
                    listener.begun(job)

    def _collect(self, process: BaseProcess) -> None:
        job, slot, assignment = self._running.pop(process)
        process.join()
        self._free.append(slot)
        code = process.exitcode or 0
        if code == 0 and job.is_done:
            self._end(job, None)
        elif self._stopping:
            self._end(job, "stopped")
        elif code < 0:
            self._end(job, f"killed by {signal.Signals(-code).name}")
        else:
            self._end(job, last_error(assignment.log) or f"ended with exit code {code}")

    def _end(self, job: Job, reason: str | None) -> None:
        if reason is not None:
            self._failed.add(job.path)
        for listener in self._listeners:
            listener.ended(job, reason)


def _process_class() -> Callable[..., BaseProcess]:
    """Return a class of processes that start with torch imported if the system can fork, else of new ones."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn").Process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    return context.Process
