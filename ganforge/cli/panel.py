"""Progress display of a run: a live panel on a terminal, lines elsewhere, and warnings about plugins before it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ganforge.plugins.registry import Registry
from ganforge.printable import LONGEST_MESSAGE, printable
from ganforge.report.numbers import clock, gibibytes
from ganforge.runs.environment import peak_memory
from ganforge.watching.listener import Listener, Listeners, Progress, TextListener, in_a_line


@contextmanager
def terminal_listener(registry: Registry) -> Iterator[Listener]:
    """Warn about plugins, and yield the listener that shows runs on the command line."""
    console = Console()
    warn_of_plugins(registry)
    if not console.is_terminal:
        # Without a reader, as after `| head`, the work goes on in silence.
        yield Listeners(TextListener())
        return
    panel = LivePanel(console)
    with Live(get_renderable=panel.render, console=console, refresh_per_second=4, transient=True):
        yield panel


def warn_of_plugins(registry: Registry) -> None:
    """Print a warning for each plugin that cannot be loaded, or that changed state a result may depend on."""
    warnings = [f"the plugin {plugin.name!r} cannot be loaded: {plugin.error}" for plugin in registry.broken]
    for plugin in registry.plugins:
        if plugin.import_report.changed and not plugin.error:
            warnings.append(f"importing the plugin {plugin.name!r} changed {', '.join(plugin.import_report.changed)}")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if warnings:
        print("  fix: see `ganforge doctor`, or go without: `ganforge --no-plugin NAME ...`", file=sys.stderr)


class LivePanel(Listener):
    """A panel of stage, progress, rate, time left, losses, D's accuracy per class, and memory.

    Args:
        console: draws it.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.stage("", "ganforge")

    def stage(self, name: str, detail: str = "") -> None:
        """See `Listener`."""
        self._title = printable(f"{detail} · {name}")
        self._progress: Progress | None = None
        self._validation = ""
        self._began = time.monotonic()
        # Where this process began to train, which is not step 0 of a resumed run.
        self._first, self._trains_since = 0, self._began

    def began(self, step: int) -> None:
        """See `Listener`."""
        self._first, self._trains_since = step, time.monotonic()

    def note(self, text: str) -> None:
        """See `Listener`."""
        # A note may hold square brackets, which must not be taken for markup.
        self._console.print(Text.assemble(("note", "dim"), f" {printable(text, LONGEST_MESSAGE, lines=True)}"))

    def progress(self, progress: Progress) -> None:
        """See `Listener`."""
        self._progress = progress

    def measured(self, step: int, name: str, values: Mapping[str, float]) -> None:
        """See `Listener`."""
        self._validation = printable(f"{name} at step {step}: {in_a_line(values)}", None)

    def finished(self, directory: Path, status: str) -> None:
        """See `Listener`."""
        took = clock(time.monotonic() - self._began)
        self._console.print(
            Text.assemble((status, "dim"), f" {printable(directory)} {self._validation} ", (took, "dim"))
        )

    def render(self) -> Panel:
        """Return the panel in its present state."""
        seconds, now = time.monotonic() - self._began, self._progress
        if now is None:
            rows: list[RenderableType] = [Text(f"{clock(seconds)} ...", style="dim")]
        else:
            rate = (time.monotonic() - self._trains_since) / max(now.step - self._first, 1)
            left = (now.steps - now.step) * rate
            head = f"step {now.step:,} of {now.steps:,}   {now.images_per_second:,.0f} images/s   {clock(left)} left"
            # A bar alone does not end its line, and would swallow the first row of losses.
            bar = Table.grid(expand=True)
            bar.add_row(ProgressBar(total=now.steps, completed=now.step))
            # The largest memory held so far, by the process, and by the GPU if one is in use.
            named = {"process": "", "gpu": "GPU "}
            memory = ", ".join(f"{named[part]}{gibibytes(size)}" for part, size in peak_memory().items())
            rows = [Text(f"{head}   {memory}"), bar, _table(now)]
        if self._validation:
            rows.append(Text(self._validation))
        return Panel(Group(*rows), title=Text(self._title), title_align="left")


def _table(progress: Progress) -> Table:
    """Lay out losses in three columns of name and value."""
    table = Table.grid(padding=(0, 2))
    cells = [
        (printable(name), f"{value:.1%}" if progress.meanings[name].is_share else f"{value:.4f}")
        for name, value in progress.means.items()
    ]
    for start in range(0, len(cells), 3):
        table.add_row(*(part for cell in cells[start : start + 3] for part in cell))
    return table
