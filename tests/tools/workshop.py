"""A workshop for tests of the engine: a small domain transfer with its encoder and judge, on images of noise.

Everything is tiny, so that a run takes a fraction of a second. What recipes build on is trained once per session.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import small_run
from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC
from ganforge.engine.place import Place
from ganforge.engine.run import find_or_run, run
from ganforge.engine.stages import load_data
from ganforge.networks.settings import choose_settings
from ganforge.plugins.loader import installed_entry_points
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import make_plan, plan_all
from ganforge.recipe.check import check_document, read_recipe
from ganforge.recipe.document import parse_document
from ganforge.recipe.recipe import Recipe
from ganforge.runs import checkpoint, journal, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.training.assemble import assemble
from ganforge.training.step import Stepper
from ganforge.watching.listener import Listener, Progress
from small_run import CLASSIFIER, TRANSFER

torch.set_num_threads(1)
CPU = torch.device("cpu")


class Notes(Listener):
    """Keeps what a run reports."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[str] = []
        self.reports: list[Progress] = []
        self.statuses: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def stage(self, name: str, detail: str = "") -> None:
        self.stages.append(name)

    def progress(self, progress: Progress) -> None:
        self.reports.append(progress)

    def finished(self, directory: Path, status: str) -> None:
        self.statuses.append(status)


@dataclass(frozen=True)
class Workshop:
    """Recipes and data in a folder, and a place to run them.

    Attributes:
        root: where the recipes are.
        place: with its data and runs below `root`.
        notes: what runs of this test have reported.
    """

    root: Path
    place: Place
    notes: Notes

    def recipe(self, *overrides: str, name: str = "transfer") -> Recipe:
        """Return a recipe of the folder, with changes as typed after `--set`."""
        return read_recipe(self.root / f"{name}.toml", self.place.registry, overrides)

    def changed(self, *changes: tuple[str, str]) -> Recipe:
        """Return the transfer recipe with pieces of its text replaced."""
        text = TRANSFER
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.parse(text)

    def parse(self, text: str) -> Recipe:
        """Return a recipe from its text, as if that were `transfer.toml` in the folder."""
        return check_document(parse_document(text, self.root / "transfer.toml"), self.place.registry)

    def run(self, recipe: Recipe, directory: Path) -> RunDirectory:
        """Run a recipe to its end."""
        return run(plan_all(recipe), self.place, directory)

    def data(self, recipe: Recipe) -> dict[str, ImageSet]:
        """Return the training images of a recipe by role."""
        loaded = load_data(recipe, self.place)
        return {role: loaded[role].train for role in recipe.method_class.data}

    def stepper(
        self,
        recipe: Recipe,
        data: Mapping[str, ImageSet] | None = None,
        weights: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
    ) -> Stepper:
        """Return the live objects of a recipe before its first step, with given or random weights by role."""
        data = data or self.data(recipe)
        settings = choose_settings(recipe.train.precision, recipe.train.channels_last, CPU)
        given = {role: (tensors, "the test") for role, tensors in (weights or {}).items()}
        plan = make_plan(recipe)
        parts = assemble(plan, data, given, settings)
        return Stepper(plan, parts, data, settings)

    @staticmethod
    def images(name: str, count: int, channels: int, *, size: int = 16, seed: int = 0) -> ImageSet:
        """Noise with labels."""
        draw = np.random.default_rng(seed)
        pixels = draw.integers(0, 256, (count, size, size, channels), np.uint8)
        return ImageSet(name, pixels, draw.integers(0, 10, count), 10, SYMMETRIC, "")

    @staticmethod
    def outcome(directory: RunDirectory) -> dict[str, Any]:
        """All of a finished run that must not depend on whether it was interrupted, to the bit."""
        last = checkpoint.load_latest(directory.checkpoints, lambda path, reason: pytest.fail(reason))
        assert last is not None
        files = [*directory.weights.iterdir(), *directory.samples.glob("*"), *directory.path.glob("statistics.*")]
        metrics = strict_json.loads(directory.metrics.read_bytes())
        return {
            "files": {path.name: digest(path.read_bytes()) for path in sorted(files)},
            "checkpoint": {
                f"{group}.{name}": digest(tensor.numpy().tobytes())
                for group, tensors in last.tensors.items()
                for name, tensor in tensors.items()
            },
            "state": {key: value for key, value in last.state.items() if key != "seconds"},
            "journal": journal.read_journal(directory.journal),
            "metrics": {key: value for key, value in metrics.items() if key not in ("seconds", "memory")},
        }


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Provide the folder that all tests share: its data and recipes never change, and are built once."""
    root = tmp_path_factory.mktemp("studio")
    for name, count, channels in (("street", 60, 3), ("writing", 50, 1), ("test", 30, 3)):
        small_run.write_images(root, name, count, channels, seed=count)
    classifiers = {
        "encoder": ("street", "strided-cnn", 1),
        "judge": ("writing", "pooled-cnn", 2),
    }
    for name, (data, network, seed) in classifiers.items():
        changes = {
            "recipe": {"name": name, "seed": seed},
            "data.images.path": f"{data}.npz",
            "networks.classifier.use": f"digits/{network}",
        }
        (root / f"{name}.toml").write_text(small_run.variant(CLASSIFIER, changes))
    (root / "transfer.toml").write_text(TRANSFER)
    place = Place(registry(), root, root / "runs", root / "cache", CPU, Listener())
    workshop = Workshop(root, place, Notes())
    for child in workshop.recipe().children.values():
        find_or_run(plan_all(child), place)
    return workshop


def registry() -> Registry:
    """Provide the installed components and those of `toys.py`, `conditional.py` and `pairs.py`."""
    own = [EntryPoint(name, name, "ganforge") for name in ("toys", "conditional", "pairs")]
    found = Registry([*installed_entry_points()[0], *own])
    assert not found.broken
    return found


@pytest.fixture
def workshop(studio: Workshop) -> Workshop:
    """Provide the shared folder, with reports of this test alone."""
    notes = Notes()
    return replace(studio, place=replace(studio.place, listener=notes), notes=notes)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip waiting for the disk and writing pages: these tests kill processes, not machines."""
    monkeypatch.setattr(os, "fsync", os.fstat)
    monkeypatch.setattr("ganforge.engine.run.write_report", lambda directory: directory.path)
