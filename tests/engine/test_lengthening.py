"""Training longer: the one change of its recipe that a run takes, finished or not, and that it records."""

import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from ganforge.engine.run import find_or_run, resume, run_path
from ganforge.engine.stages import load_data
from ganforge.errors import Interrupted, RunError
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import read_stored_recipe
from ganforge.recipe.recipe import Recipe
from ganforge.report.page import render
from ganforge.runs import checkpoint, journal
from ganforge.runs.directory import RunDirectory
from ganforge.training.step import Stepper

STEADY = ('optimizers.generator.schedule="basics/constant"',)


def tensors(directory):
    """The networks, averages, moments and states of the last checkpoint."""
    found = checkpoint.load_latest(directory.checkpoints, lambda path, reason: pytest.fail(reason))
    return found.step, {
        (group, name): tensor
        for group, part in found.tensors.items()
        if group != "sums"
        for name, tensor in part.items()
    }


@pytest.fixture
def finished(workshop, tmp_path):
    return workshop.run(workshop.recipe(*STEADY), tmp_path / "run")


@pytest.mark.promise(
    "A run can train longer, finished or not, and ends with the bits of a run of that length.", about="lost"
)
def test_a_finished_run_ends_with_the_bits_of_more_steps_from_the_start(workshop, tmp_path, finished):
    longer = resume(finished, workshop.place, steps=12)
    straight = workshop.run(workshop.recipe(*STEADY, "train.steps=12"), tmp_path / "straight")
    (step, ours), (_, theirs) = tensors(longer), tensors(straight)
    assert step == 12
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert not any("depend on the length" in note for note in workshop.notes.notes)


def test_the_run_says_what_it_became(workshop, finished):
    began = finished.read_record()["hash"]
    longer = resume(finished, workshop.place, steps=12)
    record = longer.read_record()
    recipe = read_stored_recipe(longer.recipe, workshop.place.registry)
    assert (longer.status, recipe.train.steps) == ("finished", 12)
    assert record["hash"] == recipe.hash != began
    assert record["lengthened"] == [{"from": 8, "to": 12, "dependent": []}]
    tests = [line for line in journal.read_journal(longer.journal) if line["event"] == "test"]
    assert [line["step"] for line in tests] == [8, 8, 12, 12]
    assert "8 to 12 steps" in render(longer, longer.path)


def test_with_other_data_it_stays_as_it_is(workshop, tmp_path, finished):
    place = replace(workshop.place, data_root=tmp_path)
    for name in ("street", "writing", "test"):
        with np.load(workshop.root / f"{name}.npz") as file:
            np.savez(tmp_path / f"{name}.npz", images=file["images"][::-1], labels=file["labels"])
    before = {path: path.read_bytes() for path in (finished.record, finished.recipe)}
    with pytest.raises(RunError, match=r"is not what .* began with"):
        resume(finished, place, steps=12)
    assert {path: path.read_bytes() for path in before} == before


def test_again_and_again(workshop, finished):
    for steps in (9, 11):
        resume(finished, workshop.place, steps=steps)
    assert [one["to"] for one in finished.read_record()["lengthened"]] == [9, 11]
    assert tensors(finished)[0] == 11
    resume(finished, workshop.place)
    assert "finished already" in workshop.notes.notes[-1]


def test_what_depends_on_the_length_is_said_and_recorded(workshop, tmp_path):
    recipe = workshop.recipe(
        "method.use=toys/ripening",
        'losses.ripening.use="toys/ripening"',
        'losses.identity.schedule={ use = "basics/ramp", length = 3 }',
        'networks.generator.schedules.ema={ use = "basics/between", start = 0.5, end = 0.9 }',
        'method.views=[{ use = "basics/noise", strength = { use = "basics/linear-decay" } }]',
    )
    longer = resume(workshop.run(recipe, tmp_path / "run"), workshop.place, steps=12)
    dependent = {
        "optimizers.generator.schedule",
        "networks.generator.schedules.ema",
        "method.views.0.strength",
        "losses.ripening",
    }
    (note,) = [note for note in workshop.notes.notes if "depend on the length" in note]
    assert set(note.split(" depend")[0].split(", ")) == dependent
    assert set(longer.read_record()["lengthened"][0]["dependent"]) == dependent


class TestInterrupted:
    @pytest.fixture
    def stopped(self, workshop, tmp_path, monkeypatch):
        perform = Stepper.step

        def watched(stepper, number, watch=False):
            perform(stepper, number, watch)
            if number == 2:
                signal.raise_signal(signal.SIGINT)

        with monkeypatch.context() as patch:
            patch.setattr(Stepper, "step", watched)
            with pytest.raises(Interrupted):
                workshop.run(workshop.recipe(*STEADY), tmp_path / "run")
        return RunDirectory(tmp_path / "run")

    @pytest.mark.promise(
        "A run can train longer, finished or not, and ends with the bits of a run of that length.", about="lost"
    )
    def test_it_ends_as_if_it_had_been_so_long_from_the_start(self, workshop, tmp_path, stopped):
        longer = resume(stopped, workshop.place, steps=12)
        straight = workshop.run(workshop.recipe(*STEADY, "train.steps=12"), tmp_path / "straight")
        assert workshop.outcome(longer) == workshop.outcome(straight)

    def test_killed_while_it_was_recorded(self, workshop, stopped, monkeypatch):
        before = stopped.recipe.read_bytes()
        with monkeypatch.context() as patch:
            # As at a kill, nothing after this point is done.
            patch.setattr(Recipe, "write", lambda recipe, folder: signal.raise_signal(signal.SIGINT))
            with pytest.raises(Interrupted):
                resume(stopped, workshop.place, steps=12)
        assert stopped.recipe.read_bytes() == before
        longer = resume(stopped, workshop.place)
        assert tensors(longer)[0] == read_stored_recipe(longer.recipe, workshop.place.registry).train.steps == 12
        assert len(longer.read_record()["lengthened"]) == 1


class TestRefused:
    def test_fewer_steps(self, workshop, finished):
        before = workshop.outcome(finished), finished.record.read_bytes()
        with pytest.raises(RunError, match="trains for 8 steps, and cannot train for fewer: 7"):
            resume(finished, workshop.place, steps=7)
        assert (workshop.outcome(finished), finished.record.read_bytes()) == before

    def test_as_many_steps_are_no_change(self, workshop, finished):
        resume(finished, workshop.place, steps=8)
        assert "finished already" in workshop.notes.notes[-1]
        assert "lengthened" not in finished.read_record()

    def test_a_run_that_others_build_on(self, workshop):
        child = find_or_run(plan_all(workshop.recipe(name="encoder")), workshop.place)
        with pytest.raises(RunError, match="other runs build on"):
            resume(child, workshop.place, steps=12)
        recipe = workshop.recipe(name="encoder")
        assert run_path(recipe, load_data(recipe, workshop.place), workshop.place) == child.path
        assert find_or_run(plan_all(recipe), workshop.place).status == "finished"

    def test_more_steps_by_any_other_way_name_this_one(self, workshop, finished):
        with pytest.raises(RunError, match=r"train\.steps: 8 -> 12") as caught:
            workshop.run(workshop.recipe(*STEADY, "train.steps=12"), finished.path)
        assert "--steps 12" in caught.value.fix

    def test_another_change_beside_it(self, workshop, finished):
        other = workshop.recipe(*STEADY, "train.steps=12", "losses.identity.weight=2.0")
        with pytest.raises(RunError, match=r"losses\.identity\.weight: 15\.0 -> 2\.0") as caught:
            resume(finished, workshop.place, other, steps=12)
        assert "train.steps" not in caught.value.message
        assert "lengthened" not in finished.read_record()
