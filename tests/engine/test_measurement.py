"""Measuring costs no training: what can be known is refused before it, and what fails after it is a missing value."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from ganforge.engine import stages
from ganforge.engine.run import find_or_run, resume
from ganforge.errors import Interrupted, RecipeError, RunError
from ganforge.measuring.trained import Trained
from ganforge.quantities.planner import plan_all
from ganforge.runs import journal, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import stored_recipe

DISTANCE = '[metrics.frechet-distance]\nuse = "basics/frechet-distance"\n[train]'
MORE = ['metrics.more.use="toys/fragile"', "metrics.more.after=99"]
FEWER = ('path = "test.npz"', 'path = "test.npz"\nlimit = 1')


def sets(run: RunDirectory) -> Any:
    return strict_json.loads(run.metrics.read_bytes())["sets"]


def fragile(options: str = "") -> tuple[str, str]:
    own = '[metrics.transfer-accuracy]\nuse = "basics/transfer-accuracy"\n'
    return ("[train]", own + f'[metrics.fragile]\nuse = "toys/fragile"\n{options}\n[train]')


@pytest.mark.promise("A metric that needs more images than there are is refused before the first step.", about="lost")
def test_too_few_images_are_refused_before_training(workshop: Any, tmp_path: Path) -> None:
    recipe = workshop.changed(FEWER, ("[train]", DISTANCE))
    with pytest.raises(
        RecipeError, match="the metric 'frechet-distance' cannot be measured on test: 1 images"
    ) as caught:
        workshop.run(recipe, tmp_path / "run")
    assert str(caught.value).startswith(recipe.document.where(("metrics", "frechet-distance")))
    assert "fix: measure more images" in str(caught.value)
    assert not RunDirectory(tmp_path / "run").checkpoints.exists()


@pytest.mark.promise("A metric that fails costs its value and not the training.", about="lost")
def test_a_metric_that_refuses_only_later_costs_no_training(workshop: Any, tmp_path: Path) -> None:
    """It is computed for validation and test before training, twice in training, and twice at the end."""
    run = workshop.run(workshop.changed(fragile("after = 4\nrefuses = true")), tmp_path / "run")
    assert run.status == "finished"
    assert sets(run)["test"].keys() == sets(run)["validation"].keys()
    assert "fragile" not in sets(run)["test"]
    assert "transfer-accuracy/pooled" in sets(run)["test"]
    assert "fragile has no value on test: too dark" in workshop.notes.notes
    warned = [line for line in journal.read_journal(run.journal) if line["event"] == "warning"]
    assert [line["name"] for line in warned] == ["no-value.fragile"] * 2
    assert Trained(run, workshop.place.registry, torch.device("cpu")).networks.keys() >= {"generator"}


def test_a_metric_that_breaks_is_told_before_training_and_left_out(workshop: Any, tmp_path: Path) -> None:
    run = workshop.run(workshop.changed(fragile()), tmp_path / "run")
    assert "fragile" not in sets(run)["test"]
    said = "fragile has no value on test: ZeroDivisionError: no light"
    assert {f"warning: before training, {said}", said} <= set(workshop.notes.notes)


@pytest.mark.promise("Weights are saved before anything is measured.", about="lost")
def test_weights_are_there_before_anything_is_measured(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(stages, "measure_sets", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(Interrupted):
            workshop.run(workshop.recipe(), tmp_path / "run")
    assert Trained(RunDirectory(tmp_path / "run"), workshop.place.registry, torch.device("cpu")).networks


CHANGES = {
    "metrics": ('metrics.frechet-distance.use="basics/frechet-distance"',),
    "test": ("data.test.limit=20",),
    "batch-norm": ('evaluate.batch_norm="recalibrated"',),
    "judges": ('judges.second.recipe="recipes/{encoder}"', "judges.second.circular=true"),
}


@pytest.mark.promise("What is only measured may be changed on a trained run.", about="lost")
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_only_measured_may_change_on_a_trained_run(workshop: Any, tmp_path: Path, name: str) -> None:
    """The run is then what it would be if it had been measured like this from the first."""
    run = workshop.run(workshop.recipe(), tmp_path / "run")
    before = sets(run)
    encoder = next((run.path / "recipes").glob("encoder-*")).name
    other = stored_recipe(run, workshop.place.registry, [text.replace("{encoder}", encoder) for text in CHANGES[name]])
    (run.path / "report.html").write_text("of before")
    changed, straight = resume(run, workshop.place, other), workshop.run(other, tmp_path / "straight")
    assert changed.status == "finished"
    ours, theirs = workshop.outcome(changed), workshop.outcome(straight)
    for file in straight.weights.iterdir():
        assert ours["files"][file.name] == theirs["files"][file.name]
    assert ours["checkpoint"] == theirs["checkpoint"]
    assert ours["metrics"]["sets"] == theirs["metrics"]["sets"]
    assert ours["metrics"]["sets"] != before
    assert changed.read_record()["hash"] == other.hash
    assert not changed.report.exists()  # the workshop writes none
    assert "resumed at step 8" in workshop.notes.notes
    resume(changed, workshop.place)
    assert any("finished already" in note for note in workshop.notes.notes)


def test_what_is_trained_may_not(workshop: Any, tmp_path: Path) -> None:
    run = workshop.run(workshop.recipe(), tmp_path / "run")
    with pytest.raises(RunError, match=r"train\.steps: 8 -> 9"):
        resume(run, workshop.place, stored_recipe(run, workshop.place.registry, [*MORE, "train.steps=9"]))
    assert run.status == "finished"


def test_nor_may_the_metric_that_selected(workshop: Any, tmp_path: Path) -> None:
    run = workshop.run(workshop.recipe(), tmp_path / "run")
    with pytest.raises(RunError, match=r"metrics\.transfer-accuracy\.use"):
        workshop.run(workshop.changed(("[train]", DISTANCE)), run.path)


def test_an_untrained_run_keeps_its_metrics(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(stages, "load_images", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(Interrupted):
            workshop.run(workshop.recipe(), tmp_path / "run")
    run = RunDirectory(tmp_path / "run")
    with pytest.raises(RunError, match=r"metrics\.more") as caught:
        resume(run, workshop.place, stored_recipe(run, workshop.place.registry, MORE))
    assert "once it is trained" in str(caught.value.fix)


def test_a_run_found_by_its_recipe_is_measured_by_it_again(workshop: Any) -> None:
    """Another has changed what is measured of it; the one who looks for it gets what the recipe says."""
    recipe = workshop.recipe("recipe.seed=91", name="encoder")
    found = find_or_run(plan_all(recipe), workshop.place)
    before = sets(found)
    resume(found, workshop.place, stored_recipe(found, workshop.place.registry, MORE))
    assert sets(found) != before
    assert sets(find_or_run(plan_all(recipe), workshop.place)) == before
