"""Progress display of a run: a live panel on a terminal, one line per stage and result elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ganforge.cli.plugin_warnings import warn_of_plugins
from ganforge.plugins.registry import Registry
from ganforge.report.numbers import clock, gibibytes
from ganforge.runs.environment import peak_memory
from ganforge.watching.listener import Listener, Progress, TextListener, in_a_line


@contextmanager
def watching(registry: Registry) -> Iterator[Listener]:
    """Show a run on the command line, after warnings about plugins."""
    console = Console(stderr=False)
    warn_of_plugins(registry)
    if not console.is_terminal:
        yield TextListener()
        return
    panel = LivePanel(console)
    with Live(get_renderable=panel.render, console=console, refresh_per_second=4, transient=True):
        yield panel


class LivePanel(Listener):
    """The panel: stage, progress, rate, time left, losses, D's accuracy per class, memory.

    Args:
        console: where it is drawn.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._title = "ganforge"
        self._progress: Progress | None = None
        self._validation = ""
        self._began = time.monotonic()

    def stage(self, name: str, detail: str = "") -> None:
        """See `Listener`."""
        self._title = f"{detail} · {name}"
        self._progress = None
        self._validation = ""
        self._began = time.monotonic()

    def note(self, text: str) -> None:
        """See `Listener`."""
        # A note may hold square brackets, which must not be taken for markup.
        self._console.print(Text.assemble(("note", "dim"), f" {text}"))

    def progress(self, progress: Progress) -> None:
        """See `Listener`."""
        self._progress = progress

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        self._validation = f"step {step}, {name}: {in_a_line(values)}"

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        seconds = time.monotonic() - self._began
        line = Text.assemble((status, "dim"), f" {directory} {self._validation} ", (clock(seconds), "dim"))
        self._console.print(line)

    def render(self) -> Panel:
        """The panel as it is now."""
        rows: list[Any] = []
        if self._progress is None:
            rows.append(Text(f"{clock(time.monotonic() - self._began)} ...", style="dim"))
        else:
            now = self._progress
            left = (now.steps - now.step) * _seconds_per_step(now, self._began)
            head = f"step {now.step:,} of {now.steps:,}   {now.images_per_second:,.0f} images/s   {clock(left)} left"
            # On its own the bar does not end its line, and would swallow the first row of losses.
            bar = Table.grid(expand=True)
            bar.add_row(ProgressBar(total=now.steps, completed=now.step))
            rows += [Text(f"{head}   {memory()}"), bar, _table(now)]
        if self._validation:
            rows.append(Text(self._validation))
        return Panel(Group(*rows), title=Text(self._title), title_align="left")


def memory() -> str:
    """The largest memory held so far, of the process and of the GPU if one is in use."""
    named = {"process": "", "gpu": "GPU "}
    return ", ".join(f"{named[part]}{gibibytes(size)}" for part, size in peak_memory().items())


def _seconds_per_step(progress: Progress, began: float) -> float:
    return (time.monotonic() - began) / max(progress.step, 1)


def _table(progress: Progress) -> Table:
    """Losses in three columns of name and value."""
    table = Table.grid(padding=(0, 2))
    cells = [
        (name, f"{value:.1%}" if progress.meanings[name].is_share else f"{value:.4f}")
        for name, value in progress.means.items()
    ]
    for start in range(0, len(cells), 3):
        table.add_row(*(part for cell in cells[start : start + 3] for part in cell))
    return table
