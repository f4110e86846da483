"""Progress display of a study: bars for all runs and for the current ones, or lines; and its final tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ganforge.cli.grid import print_grid
from ganforge.report.numbers import clock
from ganforge.runs import journal
from ganforge.runs.directory import RunDirectory
from ganforge.study.jobs import Job
from ganforge.study.processes import StudyListener
from ganforge.study.results import Results
from ganforge.study.tables import caption, judge_table, main_table, remarks

LOOK_EVERY = 2.0
"""Seconds between looks at how far runs are."""


@contextmanager
def watching_study() -> Iterator[StudyListener]:
    """Choose the progress display of a study."""
    console = Console()
    if not console.is_terminal:
        yield StudyLines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield StudyBars(progress)


class StudyLines(StudyListener):
    """A line for each run that begins or ends."""

    def __init__(self) -> None:
        self._jobs = 0
        self._ended = 0
        self._began: dict[str, float] = {}

    def planned(self, jobs: int) -> None:
        """See `StudyListener`."""
        # An adaptive search plans one round after another.
        self._jobs += jobs
        self.say(f"{jobs} runs to make" if jobs else "every run is there")

    def begun(self, job: Job) -> None:
        """See `StudyListener`."""
        self._began[job.name] = time.monotonic()
        self.say(f"begun: {job.name}")

    def ended(self, job: Job, reason: str | None) -> None:
        """See `StudyListener`."""
        self._ended += 1
        took = clock(time.monotonic() - self._began.get(job.name, time.monotonic()))
        how = "finished" if reason is None else "FAILED"
        self.say(f"{how}: {job.name} ({self._ended} of {self._jobs}, {took}){f': {reason}' if reason else ''}")

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)


class StudyBars(StudyLines):
    """The same lines above bars.

    Args:
        progress: where they are drawn.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._all = progress.add_task("runs", total=None)
        self._running: dict[str, tuple[Job, TaskID]] = {}
        self._looked = time.monotonic()

    def planned(self, jobs: int) -> None:
        """See `StudyListener`."""
        super().planned(jobs)
        self._progress.update(self._all, total=self._jobs)

    def begun(self, job: Job) -> None:
        """See `StudyListener`."""
        super().begun(job)
        self._running[job.name] = (job, self._progress.add_task(escape(job.name), total=job.recipe.train.steps))

    def ended(self, job: Job, reason: str | None) -> None:
        """See `StudyListener`."""
        super().ended(job, reason)
        self._progress.advance(self._all)
        if job.name in self._running:
            self._progress.remove_task(self._running.pop(job.name)[1])

    def tick(self) -> None:
        """See `StudyListener`."""
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        for job, task in self._running.values():
            steps = [
                record["step"] for record in journal.read_journal(RunDirectory(job.path).journal) if "step" in record
            ]
            self._progress.update(task, completed=max(steps, default=0))

    def say(self, text: str) -> None:
        """Print a line."""
        self._progress.console.print(text, markup=False, highlight=False)


def print_results(results: Results) -> None:
    """Print a study's tables and what must be known besides."""
    print()
    print(caption(results))
    # All image sets by judge would be too wide for a terminal: they are in the files.
    for grid in (main_table(results), judge_table(results, [results.image_set])):
        if grid:
            print()
            print_grid(grid)
    print()
    for remark in remarks(results):
        print(f"* {remark}")
