"""A command line under attack, in a process of its own: what it takes, says and ends with.

The process first runs honest commands of the same kind, so that what it grows by then is the evil input's alone:
neither imports nor what every input takes.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.context import BaseContext
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NamedTuple

from children import PRELOADED


class Outcome(NamedTuple):
    """The end of a command: its exit code, output, growth in MiB at its peak, and seconds; no code if it hung."""

    code: int | None
    output: str
    mebibytes: float
    seconds: float


def server(context: BaseContext) -> BaseContext:
    """Have processes forked from a server that has imported what commands import."""
    context.set_forkserver_preload(PRELOADED)
    return context


def attack(
    context: BaseContext,
    folder: Path,
    honest: Sequence[Sequence[str]],
    evil: Sequence[str],
    build: Callable[[], None],
    *,
    site: Path | None = None,
    patience: float = 60,
) -> Outcome:
    """Run honest commands and then an evil one in a folder; return how the evil one went.

    Args:
        context: see `server`.
        folder: the working directory; data, runs and the cache are in it.
        honest: commands that succeed.
        evil: the command that is watched.
        build: a function that prepares the evil input, called in between.
        site: a folder of installed distributions.
        patience: seconds after which the process counts as hanging, and is killed.
    """
    ready, go = context.Event(), context.Event()
    process = context.Process(target=_perform, args=(folder, site, honest, evil, ready, go))  # type: ignore[attr-defined]
    process.start()
    assert ready.wait(120), (folder / "log").read_text(errors="replace")
    build()
    began = time.monotonic()
    go.set()
    process.join(patience)
    hangs = process.is_alive()
    process.kill()
    process.join()
    answer = folder / "answer.json"
    if hangs or not answer.exists():  # killed by us, or by the system for what it took
        log = (folder / "log").read_text(errors="replace") if (folder / "log").exists() else ""
        return Outcome(None, log, float("inf"), time.monotonic() - began)
    return Outcome(*json.loads(answer.read_text()))


def _perform(
    folder: Path,
    site: Path | None,
    honest: Sequence[Sequence[str]],
    evil: Sequence[str],
    ready: Event,
    go: Event,
) -> None:
    import torch

    os.chdir(folder)
    os.environ.update(
        COLUMNS="300",
        GANFORGE_DATA=".",
        GANFORGE_RUNS="runs",
        GANFORGE_CACHE="cache",
        no_proxy="*",
        CUDA_VISIBLE_DEVICES="",
    )
    os.fsync = os.fstat  # type: ignore[assignment]
    torch.set_num_threads(1)
    if site:
        sys.path.insert(0, str(site))
    for arguments in honest:
        code, output = _call(arguments)
        assert code == 0, output
    ready.set()
    go.wait()
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = _peak(), time.monotonic()
    code, output = _call(evil)
    answer = (code, output, _peak() - before, time.monotonic() - began)
    Path("answer.json").write_text(json.dumps(answer))


def _call(arguments: Sequence[str]) -> tuple[int, str]:
    """Run `ganforge ARGUMENTS`; return its exit code and what it wrote."""
    from ganforge.cli import main

    with open("log", "w+b", 0) as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
        sys.argv = ["ganforge", *arguments]
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        log.seek(0)
        return code, log.read(1 << 20).decode(errors="replace")


def _peak() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 2**10
