"""The recipe in a run is the one that the run began with."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ganforge.engine import stages
from ganforge.engine.remeasure import remeasure
from ganforge.engine.run import resume
from ganforge.errors import Interrupted, RunError
from ganforge.measuring.trained import Trained
from ganforge.report.page import render
from ganforge.runs.directory import RunDirectory


@pytest.fixture
def begun(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run that was stopped before it was measured; its weights are there."""
    with monkeypatch.context() as patch:
        patch.setattr(stages, "measure_sets", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(Interrupted):
            workshop.run(workshop.recipe(), tmp_path / "run")
    return RunDirectory(tmp_path / "run")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


USES: dict[str, Callable[[Any, RunDirectory], Any]] = {
    "resume": lambda workshop, run: resume(run, workshop.place),
    "load": lambda workshop, run: Trained(run, workshop.place.registry, torch.device("cpu")),
    "evaluate": lambda workshop, run: remeasure(run, workshop.place),
}


@pytest.mark.promise(
    "A recipe edited inside a run is refused with the difference, wherever the run is used.", about="wrong"
)
@pytest.mark.parametrize("use", USES)
def test_a_recipe_edited_inside_a_run_is_refused_with_the_difference(
    workshop: Any, begun: RunDirectory, use: str
) -> None:
    record = begun.record.read_bytes()
    edit(begun.recipe, "weight = 15.0", "weight = 2.0")
    edit(begun.recipe, "batch_size = 6", "batch_size = 7")
    with pytest.raises(RunError) as caught:
        USES[use](workshop, begun)
    assert "train.batch_size: 6 -> 7" in caught.value.message
    assert ".weight: 15.0 -> 2.0" in caught.value.message
    assert caught.value.fix
    assert begun.record.read_bytes() == record


def test_so_is_an_edited_recipe_that_it_builds_on(workshop: Any, begun: RunDirectory) -> None:
    child = next((begun.path / "recipes").glob("encoder-*.toml"))
    edit(child, "steps = 3", "steps = 4")
    with pytest.raises(RunError, match=r"networks\.encoder\.weights\.hash"):
        resume(begun, workshop.place)


def test_a_report_does_not_show_an_edited_recipe(begun: RunDirectory) -> None:
    edit(begun.recipe, "weight = 15.0", "weight = 2.0")
    with pytest.raises(RunError, match=r"recipe\.toml is damaged") as caught:
        render(begun, begun.path)
    assert caught.value.fix == "undo what was changed in it"


def test_an_edit_that_decides_nothing_is_accepted(workshop: Any, begun: RunDirectory) -> None:
    edit(begun.recipe, "log_every = 3", "log_every = 1 # more often")
    resume(begun, workshop.place)
    assert "log_every = 1" in begun.recipe.read_text()
    assert "more often" in render(begun, begun.path)


def test_a_file_of_weights_that_has_changed_since_is_refused(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoders = [
        workshop.run(workshop.recipe(f"recipe.seed={seed}", name="encoder"), tmp_path / f"{seed}") for seed in (1, 2)
    ]
    first, second = (run.weights / "classifier.safetensors" for run in encoders)
    file = tmp_path / "f.safetensors"
    file.write_bytes(first.read_bytes())
    recipe = workshop.changed(('weights = { recipe = "encoder.toml" }', f'weights = {{ file = "{file}" }}'))
    with monkeypatch.context() as patch:
        patch.setattr(stages, "measure_sets", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(Interrupted):
            workshop.run(recipe, tmp_path / "run")
    file.write_bytes(second.read_bytes())
    with pytest.raises(RunError, match=r"networks\.encoder\.weights\.file"):
        resume(RunDirectory(tmp_path / "run"), workshop.place)


@pytest.mark.parametrize("use", USES)
def test_a_recipe_that_is_no_longer_one_is_named_with_the_fix(workshop: Any, begun: RunDirectory, use: str) -> None:
    [path] = (begun.path / "recipes").glob("encoder-*.toml")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + 3])
    with pytest.raises(RunError, match="damaged") as caught:
        USES[use](workshop, begun)
    assert str(path) in caught.value.message
    assert "from a copy" in str(caught.value.fix)
    path.write_bytes(whole)
    USES[use](workshop, begun)
