"""Functions for child processes: runs that are killed, interrupted and kept from each other.

The processes are forked from a server that has imported everything, torch included, but computed nothing yet; forking
takes milliseconds, and starting Python takes seconds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
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


def _prepare(log: Path, pause: float) -> None:
    """One thread, a disk of even speed, no page, all output to a file; a step takes at least `pause`."""
    import torch

    from ganforge.engine import run
    from ganforge.training.step import Stepper

    os.setsid()  # A Ctrl-C at the terminal is for the tests, not for what they start.
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    torch.set_num_threads(1)
    os.fsync = lambda descriptor: time.sleep(DISK)
    run.write_report = lambda directory: directory.path
    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        time.sleep(pause)

    if pause:
        Stepper.step = step  # type: ignore[method-assign]


def command_line(log: Path, pause: float, *arguments: object) -> None:
    """Run `ganforge ARGUMENTS`."""
    _prepare(log, pause)
    from ganforge.cli import main

    sys.argv = ["ganforge", *map(str, arguments)]
    with contextlib.suppress(BrokenPipeError):
        main()
