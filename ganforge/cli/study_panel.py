"""Progress display of a study: a line for each run that starts or ends, below them bars on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ganforge.printable import LONGEST_MESSAGE, printable
from ganforge.report.numbers import clock
from ganforge.runs.directory import RunDirectory
from ganforge.runs.journal import read_journal
from ganforge.study.jobs import Job
from ganforge.study.processes import StudyListener

LOOK_EVERY = 2.0
"""Seconds between updates of the bars of runs."""


@contextmanager
def watching_study() -> Iterator[StudyListener]:
    """Show a study on the command line."""
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield StudyPanel(progress)


class StudyPanel(StudyListener):
    """Prints lines above a bar for all runs and one for each current run.

    Args:
        progress: draws the bars, and prints the lines; where it is disabled, there are lines only.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._all = progress.add_task("runs", total=None)
        self._running: dict[str, tuple[Job, TaskID, float]] = {}
        self._planned = 0
        self._ended = 0
        self._looked = time.monotonic()

    def planned(self, jobs: int) -> None:
        """See `StudyListener`."""
        # An adaptive search plans one round after another.
        self._planned += jobs
        self._progress.update(self._all, total=self._planned)
        self._say(f"{jobs} runs to make" if jobs else "every run is there")

    def begun(self, job: Job) -> None:
        """See `StudyListener`."""
        bar = self._progress.add_task(escape(job.name), total=job.recipe.train.steps)
        self._running[job.name] = (job, bar, time.monotonic())
        self._say(f"begun: {job.name}")

    def ended(self, job: Job, reason: str | None) -> None:
        """See `StudyListener`."""
        self._ended += 1
        self._progress.advance(self._all)
        seconds = 0.0
        if job.name in self._running:
            _, bar, began = self._running.pop(job.name)
            self._progress.remove_task(bar)
            seconds = time.monotonic() - began
        how, why = ("finished", "") if reason is None else ("FAILED", f": {reason}")
        self._say(f"{how}: {job.name} ({self._ended} of {self._planned}, {clock(seconds)}){why}")

    def tick(self) -> None:
        """See `StudyListener`."""
        if self._progress.disable or time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        for job, bar, _ in self._running.values():
            records = read_journal(RunDirectory(job.path).journal)
            self._progress.update(bar, completed=max((one["step"] for one in records if "step" in one), default=0))

    def _say(self, text: str) -> None:
        self._progress.console.print(
            printable(text, LONGEST_MESSAGE, lines=True), markup=False, highlight=False, soft_wrap=True
        )
