"""A bench for tests of studies: a small domain transfer with f and two judges, on images of noise.

A run takes a fraction of a second. What the runs build on is trained once per session and copied.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

import small_run
from ganforge.engine.place import Place, resolve_place
from ganforge.engine.run import find_or_run
from ganforge.errors import Problem, RecipeError
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import read_recipe
from ganforge.runs import sealed
from ganforge.study.check import load_study
from ganforge.study.processes import Slot, StudyListener
from ganforge.study.results import Results
from ganforge.study.run import run_study
from ganforge.study.study import Study
from small_run import CLASSIFIER, ganforge, variant, write_images

__all__ = ["ganforge"]

TRANSFER = variant(
    small_run.TRANSFER,
    {
        "recipe.seed": None,
        "data.source.validation": 16,
        "networks.generator.ema": None,
        "losses.constancy": {"use": "dtn/f-constancy", "distance": "soft-labels"},
        "losses.identity.weight": None,
        "optimizers.generator.schedule": None,
        "judges.strided": {"recipe": "judge_strided.toml"},
        "train": {"steps": 4, "batch_size": 6, "precision": "fp32", "log_every": 2, "validate_every": 4},
    },
)

STUDY = """
[study]
name = "small"
base = "transfer.toml"
seeds = [0, 1]
metric = "transfer-accuracy"
also = ["encoder-accuracy"]

[variants.best]
title = "this one"
reference = { paper = 90.66, poster = "N/A" }

[variants.no-constancy]
title = "without f-constancy"
note = "g is free"
set = { "losses.constancy.weight" = 0 }
reference = { paper = 74.55 }
"""


class Noted(StudyListener):
    """Keeps what a study reports."""

    def __init__(self) -> None:
        self.begun_jobs: list[str] = []
        self.ended_jobs: dict[str, str | None] = {}
        self.most = 0

    def begun(self, job: Any) -> None:
        self.begun_jobs.append(job.name)
        self.most = max(self.most, len(self.begun_jobs) - len(self.ended_jobs))

    def ended(self, job: Any, reason: str | None) -> None:
        self.ended_jobs[job.name] = reason


class Bench:
    """Recipes, data and runs in a folder.

    Attributes:
        root: where the recipes are.
        cache: of decoded data.
        runs: the folder of runs.
        watched: what the last study reported.
    """

    def __init__(self, root: Path, cache: Path, runs: Path) -> None:
        self.root = root
        self.cache = cache
        self.runs = runs
        self.watched = Noted()

    def place(self) -> Place:
        return resolve_place(Registry(), data=self.root, runs=self.runs, cache=self.cache, device="cpu")

    def write(self, text: str = STUDY, name: str = "study") -> Path:
        path = self.root / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def study(self, text: str = STUDY, *overrides: str) -> Study:
        return load_study(self.write(text), Registry(), overrides)

    def problems(self, text: str = STUDY, *overrides: str) -> list[Problem]:
        with pytest.raises(RecipeError) as caught:
            self.study(text, *overrides)
        return list(caught.value.problems)

    def run(
        self,
        text: str = STUDY,
        *overrides: str,
        jobs: int = 1,
        only: Sequence[str] = (),
        watcher: StudyListener | None = None,
    ) -> Results:
        self.watched = Noted()
        study = self.study(text, *overrides)
        return run_study(study, self.place(), [Slot("cpu", 1)] * jobs, watcher or self.watched, only)

    def begin(self, file: Path, *arguments: str) -> subprocess.Popen[str]:
        """`ganforge study` as a process of its own session."""
        options = ["--data", self.root, "--runs", self.runs, "--cache", self.cache, "--threads", "1", "--device", "cpu"]
        return subprocess.Popen(
            [sys.executable, "-m", "ganforge", "study", str(file), *map(str, options), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Starting takes most of the time, so compiled modules are kept.
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
                "PYTHONPYCACHEPREFIX": str(self.root / "compiled"),
            },
        )

    def table(self) -> dict[str, Any]:
        """Return the study's table without times and memory, which differ between runs."""
        table: dict[str, Any] = sealed.loads((self.runs / "study-small" / "table.json").read_bytes())
        for row in table["rows"]:
            del row["seconds"], row["memory"]
        return table


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a bench with f and the judges trained."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("bench")
    write_images(root, "street", 60, 3, seed=0)
    write_images(root, "writing", 40, 1, seed=1)
    write_images(root, "test", 30, 3, seed=2)
    children = [
        ("encoder", "f", 0, "street", "strided-cnn"),
        ("judge", "judge", 7, "writing", "pooled-cnn"),
        ("judge_strided", "judge-strided", 8, "writing", "strided-cnn"),
    ]
    for file, name, seed, data, network in children:
        changes = {
            "recipe": {"name": name, "seed": seed},
            "data.images": {"use": "basics/npz", "path": f"{data}.npz", "validation": 8},
            "networks.classifier.use": f"digits/{network}",
        }
        (root / f"{file}.toml").write_text(variant(CLASSIFIER, changes))
    (root / "transfer.toml").write_text(TRANSFER)
    bench = Bench(root, root / "cache", root / "built")
    place = bench.place()
    for child in read_recipe(root / "transfer.toml", place.registry).children.values():
        find_or_run(plan_all(child), place)
    return bench


@pytest.fixture
def bench(built: Bench, tmp_path: Path) -> Bench:
    """Return a bench with its own folder of runs, in which f and the judges are finished."""
    runs = tmp_path / "runs"
    shutil.copytree(built.runs, runs)
    return Bench(built.root, built.cache, runs)


@pytest.fixture
def bare(built: Bench, tmp_path: Path) -> Bench:
    """Return a bench without any run."""
    return Bench(built.root, built.cache, tmp_path / "runs")
