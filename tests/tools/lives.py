"""Lives of a run: processes that begin it, go on with it and are struck down, each at an instant of a stage.

The run is a small domain transfer, together with the encoder and the judge that it builds on: all of its stages come in
every first life. Its folder holds all that it touches: runs, cache and logs.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import children
import small_run
from ganforge.report.html import is_whole
from ganforge.runs.directory import RunDirectory
from html_page import Page
from workshop import Workshop

NAMES = ("encoder", "judge", "transfer")
STAGES = ("start", *(f"{name}: {stage}" for name in NAMES for stage in ("data", "train", "evaluate", "report")))
PATIENCE = 120.0  # seconds until a process that does not react is given up

_RECIPE = "|".join(NAMES)
_LINE = re.compile(rf"^({_RECIPE}): (data|train|evaluate)$|/({_RECIPE})(?:-[0-9a-f]+)?: finished$", re.M)
_OFTEN = {"log_every": 1, "sample_every": 3, "validate_every": 3, "checkpoint_every": 1, "keep": 2}
"""Changes by which much of the time goes into saving."""


def write_recipes(root: Path) -> None:
    """Write `transfer.toml`, the recipes that it builds on, and their images."""
    for name, count, channels in (("street", 60, 3), ("writing", 50, 1), ("test", 30, 3)):
        small_run.write_images(root, name, count, channels, seed=count)
    changes: dict[str, dict[str, Any]] = {
        "encoder": {},
        "judge": {
            "recipe": {"name": "judge", "seed": 2},
            "data.images.path": "writing.npz",
            "networks.classifier.use": "digits/pooled-cnn",
        },
        "transfer": {"train.steps": 6},
    }
    for name, own in changes.items():
        base = small_run.TRANSFER if name == "transfer" else small_run.CLASSIFIER
        often = {f"train.{key}": value for key, value in _OFTEN.items() if name == "transfer" or key != "sample_every"}
        (root / f"{name}.toml").write_text(small_run.variant(base, {**own, **often}))


def leftovers(folder: Path) -> set[str]:
    """Return the names of unfinished files and folders that writers have left."""
    names = {name for _, folders, files in os.walk(folder) for name in (*folders, *files)}
    return {name for name in names if ".ganforge-" in name or name.endswith(".part")}


class Life:
    """A process of a run in `folder`; `log` is the file of all that it says."""

    def __init__(self, process: BaseProcess, log: Path, folder: Path) -> None:
        self.process, self.log, self.folder = process, log, folder
        self._before = leftovers(folder)
        process.start()

    @property
    def said(self) -> str:
        """All that it has said."""
        return self.log.read_text() if self.log.exists() else ""

    @property
    def stages(self) -> list[str]:
        """The stages that it has reached, in their order."""
        lines = _LINE.findall(self.said)
        return ["start", *(f"{name}: {stage}" if name else f"{done}: report" for name, stage, done in lines)]

    @property
    def half_written(self) -> set[str]:
        """The names of files and folders that are unfinished, and not for an earlier life."""
        return leftovers(self.folder) - self._before

    @property
    def takes_signals(self) -> bool:
        """True once the program has handlers of its own, which is all but at once."""
        found = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{self.process.pid}/status").read_text(), re.M)
        return bool(found and int(found[1], 16) >> (signal.SIGTERM - 1) & 1)

    def wait_until(self, condition: Callable[[], object]) -> bool:
        """Wait until a condition holds; return False if the process ended before."""
        end = time.monotonic() + PATIENCE
        while self.process.is_alive():
            if condition():
                return True
            assert time.monotonic() < end, self.said
            time.sleep(0.0005)
        return False

    def exit_code(self) -> int | None:
        """Wait for its end."""
        self.process.join(PATIENCE)
        return self.process.exitcode

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def freeze(self) -> None:
        """Hold it where it is."""
        self.send(signal.SIGSTOP)
        state = Path(f"/proc/{self.process.pid}/stat")
        while state.read_text().rpartition(")")[2].split()[0] not in "TZX":
            time.sleep(0.0001)


class Lives:
    """One run in a folder of its own, begun by one process after another.

    Attributes:
        passed: how many of `STAGES` are over for good.
    """

    def __init__(self, server: ForkServerContext, recipes: Path, folder: Path) -> None:
        self.server, self.recipes, self.folder = server, recipes, folder
        self.runs, self.directory = folder / "runs", folder / "runs" / "transfer"
        self.logs: list[Path] = []
        self.passed = 0
        folder.mkdir()

    def begin(self, *words: object) -> Life:
        """Start a life: `ganforge run` the recipe, or another command."""
        return self._life(children.real_command_line, (), words)

    def race(self, start: Barrier, end: Event) -> Life:
        """Start a life that begins when all racers are at the start, and makes no second step before the end."""
        return self._life(children.racing_command_line, (start, end), ())

    def _life(self, target: Callable[..., None], more: tuple[object, ...], words: tuple[object, ...]) -> Life:
        words = words or ("run", self.recipes / "transfer.toml", "--out", self.directory)
        place = ("--data", self.recipes, "--runs", self.runs, "--cache", self.folder / "cache", "--device", "cpu")
        self.logs.append(self.folder / f"log-{len(self.logs)}")
        arguments = (self.logs[-1], *more, *words, *place, "--threads", "1")
        return Life(self.server.Process(target=target, args=arguments), self.logs[-1], self.folder)

    def outcome(self) -> dict[str, Any]:
        """Return all of the finished run, and of those that it builds on, that must not depend on its lives."""
        found = {}
        for name in NAMES:
            paths = [self.directory] if name == "transfer" else list(self.runs.glob(f"{name}-*"))
            assert len(paths) == 1, name
            run = RunDirectory(paths[0])
            assert run.status == "finished"
            page = Page(run.report)
            assert is_whole(run.report)
            assert page.open == []
            images = [image["src"] for image in page.all("img")]
            found[name] = {**Workshop.outcome(run), "images": images, "charts": page.charts}
        assert not leftovers(self.folder)
        for log in self.logs:
            assert not log.exists() or "Traceback" not in log.read_text(), log.read_text()
        return found


class Campaign:
    """Strikes by stage, until there are enough: two runs side by side, struck again and again until they end.

    Attributes:
        strikes: how many lives ended by a strike, by stage.
        ended: how many runs were struck, and then went on to the end that an undisturbed one has.
    """

    def __init__(self, folder: Path, wanted: int) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(children.PRELOADED)
        self.server, self.folder, self.wanted = context, folder, wanted
        self.recipes = folder / "recipes"
        self.recipes.mkdir()
        write_recipes(self.recipes)
        for name in ("starting-the-server", "undisturbed"):
            lives = Lives(self.server, self.recipes, folder / name)
            self.seconds = self._durations(lives.begin())
            self.expected = lives.outcome()
        assert all(self.seconds.values()), self.seconds
        self.strikes: Counter[str] = Counter()
        self.ended = 0
        self._aimed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def _durations(self, life: Life) -> dict[str, float]:
        """Return the time that each stage takes, the longest if it comes twice."""
        seconds, stage, since = dict.fromkeys(STAGES, 0.0), "start", time.monotonic()
        alive = True
        while alive:
            alive = life.wait_until(lambda stage=stage: life.stages[-1] != stage)
            now = time.monotonic()
            seconds[stage] = max(seconds[stage], now - since)
            stage, since = life.stages[-1], now
        assert life.exit_code() == 0, life.said
        return seconds

    def aim(self, run: Lives, life: Life, draw: random.Random) -> bool:
        """Wait for a random instant of the stage with the fewest strikes; return False if the life ended before.

        It is one of those that are still to come.
        """
        to_come = ("start", *STAGES[max(run.passed, 1) :])
        with self._lock:
            fewest = min(self._aimed[stage] for stage in to_come)
            stage = draw.choice([stage for stage in to_come if self._aimed[stage] == fewest])
            self._aimed[stage] += 1
        if life.wait_until(lambda: stage in life.stages):
            life.process.join(draw.uniform(0, self.seconds[stage]))
        if life.process.is_alive():
            return True
        with self._lock:
            self._aimed[stage] -= 1
        return False

    def carry_out(self, strike: Callable[[Lives, Life, random.Random], Life | None]) -> None:
        """Have runs struck until there are enough strikes; each must end as the undisturbed one.

        `strike` strikes a life of a run: it returns the next life, or None if this one ended by itself.
        """

        def struck_until_the_end(number: int) -> None:
            draw = random.Random(number)
            run = Lives(self.server, self.recipes, self.folder / f"run-{number}")
            life = run.begin()
            struck = False
            while sum(self.strikes.values()) < self.wanted and (following := strike(run, life, draw)):
                stage = life.stages[-1]
                with self._lock:
                    self.strikes[stage] += 1
                if stage != "transfer: data":  # it comes twice: before the other runs, and after
                    run.passed = max(run.passed, STAGES.index(stage))
                life, struck = following, True
            assert life.exit_code() == 0, life.said
            assert run.outcome() == self.expected
            with self._lock:
                self.ended += struck

        def runs(first: int) -> None:
            number = first
            while sum(self.strikes.values()) < self.wanted:
                struck_until_the_end(number)
                number += 2

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(runs, (0, 1)))
