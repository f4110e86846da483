"""Functions for child processes: runs that are killed, interrupted and kept from each other.

The processes are forked from a server that has imported everything, torch included, but computed nothing yet; forking
takes milliseconds, and starting Python takes seconds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

PRELOADED = [
    "torch._dynamo",  # torch's optimizers import it, which takes seconds
    *(f"ganforge.{name}" for name in ("engine.run", "cli.run", "cli.panel", "cli.tables", "quantities.planner")),
    *(f"ganforge_basics.{name}" for name in ("plugin", "npz", "classifier", "metrics", "optimizers", "schedulers")),
    *(f"ganforge_digits.{name}" for name in ("plugin", "strided_cnn", "pooled_cnn")),
    *(
        f"ganforge_dtn.{name}"
        for name in ("plugin", "adversarial", "constancy", "identity", "generator", "discriminator")
    ),
]


DISK = 0.002
"""Seconds that the disk takes to sync: enough for many a kill to come in between."""


def _prepare(log: Path) -> None:
    """One thread, and all output to a file."""
    import torch

    os.setsid()  # A Ctrl-C at the terminal is for the tests, not for what they start.
    torch.set_num_threads(1)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)


def _after_each_step(act: Callable[[], object]) -> None:
    from ganforge.training.step import Stepper

    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        act()

    Stepper.step = step  # type: ignore[method-assign]


def _main(*arguments: object) -> None:
    from ganforge.cli import main

    sys.argv = ["ganforge", *map(str, arguments)]
    with contextlib.suppress(BrokenPipeError):
        main()


def command_line(log: Path, pause: float, *arguments: object) -> None:
    """Run `ganforge ARGUMENTS` with a disk of even speed and without pages; a step takes at least `pause`."""
    from ganforge.engine import run

    _prepare(log)
    os.fsync = lambda descriptor: time.sleep(DISK)
    run.write_report = lambda directory: directory.path
    if pause:
        _after_each_step(lambda: time.sleep(pause))
    _main(*arguments)


def real_command_line(log: Path, *arguments: object) -> None:
    """Run `ganforge ARGUMENTS` as it is: the disk syncs, and pages are written."""
    _prepare(log)
    _main(*arguments)


def racing_command_line(log: Path, start: Barrier, end: Event, *arguments: object) -> None:
    """Run `ganforge ARGUMENTS` from the moment when all racers are at the start; steps wait for the end of the race."""
    _prepare(log)
    _after_each_step(end.wait)
    start.wait()
    _main(*arguments)
