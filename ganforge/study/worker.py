"""The process of one run: finds or builds the run, and writes everything that it prints to a log.

Workers start from a server process that has imported torch already, so that they begin at once. A worker stops by
itself, and saves what it reached, when the study's process dies for whatever reason.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ganforge import atomic
from ganforge.engine.place import resolve_place
from ganforge.engine.remeasure import remeasure
from ganforge.engine.run import find_or_run
from ganforge.errors import GanforgeError
from ganforge.folders import PlaceOptions
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import read_recipe
from ganforge.runs import sealed
from ganforge.study.saved import ERROR, is_measured
from ganforge.watching.listener import TextListener

# Deterministic algorithms import a good part of torch: here, once, instead of in every worker.
torch.use_deterministic_algorithms(torch.are_deterministic_algorithms_enabled())


@dataclass(frozen=True)
class Assignment:
    """Task of a worker.

    Attributes:
        recipe: the file of the resolved recipe.
        log: the file for everything that is printed.
        place: where and how to run.
        environment: environment variables to set.
        measures: modes of batch norm to measure the finished run in, with the files to write.
    """

    recipe: Path
    log: Path
    place: PlaceOptions
    environment: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Path] = field(default_factory=dict)


def work(assignment: Assignment) -> None:
    """Carry out an assignment, and end the process with the exit code that `ganforge run` would have."""
    if hasattr(os, "setsid"):
        # A terminal's Ctrl-C reaches the study alone, which asks its workers to stop, once each.
        os.setsid()
    _redirect(assignment.log)
    _stop_with_parent()
    os.environ.update(assignment.environment)
    try:
        registry = Registry()
        place = resolve_place(registry, TextListener(), **assignment.place)
        run = find_or_run(plan_all(read_recipe(assignment.recipe, registry)), place)
        for mode, file in assignment.measures.items():
            if not is_measured(file):
                atomic.write_file(file, sealed.dumps(remeasure(run, place, mode).sets))
    except GanforgeError as error:
        print(f"{ERROR}{error.message}", flush=True)
        sys.exit(error.exit_code)
    except Exception as error:
        traceback.print_exc()
        print(f"{ERROR}{type(error).__name__}: {error}", flush=True)
        sys.exit(1)


def _redirect(log: Path) -> None:
    """Send stdout and stderr to a file, including what libraries print below Python's level."""
    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _stop_with_parent() -> None:
    """Send this process SIGTERM when the study's process dies."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
