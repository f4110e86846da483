"""Tests of this room share the workshop's recipes and data, and damage copies of one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ganforge.engine.run import run
from ganforge.quantities.planner import plan_all
from ganforge.runs.directory import RunDirectory
from workshop import Workshop, _no_waiting, studio, workshop

__all__ = ["_no_waiting", "studio", "workshop"]


@pytest.fixture(scope="module")
def finished(studio: Workshop, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A finished run; tests use copies."""
    return run(plan_all(studio.recipe()), studio.place, tmp_path_factory.mktemp("finished") / "run")


@pytest.fixture
def copy(finished: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy to damage."""
    return RunDirectory(Path(shutil.copytree(finished.path, tmp_path / "run")))
