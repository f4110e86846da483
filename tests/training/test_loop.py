"""The loop between steps: which checkpoint is kept, and what a full disk or a loss that is not finite costs."""

import errno

import pytest
import torch
from safetensors.torch import load_file

from ganforge.errors import RunError, TrainingError
from ganforge.measuring.evaluator import Evaluator
from ganforge.runs import checkpoint, journal, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.training import loop as train


@pytest.fixture
def scores(monkeypatch):
    """Gives the validations of a run the scores listed, in order."""
    given = []
    monkeypatch.setattr(Evaluator, "score", lambda evaluator, values: given.pop(0))
    return given


def steps_saved(directory):
    return sorted(int(path.name.removeprefix("step-")) for path in directory.checkpoints.iterdir())


def kept_step(directory):
    return strict_json.loads(directory.metrics.read_bytes())["step"]


OFTEN = ("train.steps=12", "train.validate_every=2", "train.checkpoint_every=3", "train.keep=1")


class TestTheBestCheckpoint:
    def test_it_is_kept_and_its_weights_are_the_result(self, workshop, tmp_path, scores):
        scores += [0.1, 0.7, 0.3, 0.5, 0.7, 0.2]
        directory = workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")
        assert kept_step(directory) == 4
        assert steps_saved(directory) == [4, 12]
        best = checkpoint.load_checkpoint(directory.checkpoints / "step-00000004")
        result = load_file(directory.weights / "generator.safetensors")
        for name, tensor in result.items():
            assert torch.equal(tensor, best.tensors["averages"][f"generator.{name}"])

    def test_a_later_one_must_be_better(self, workshop, tmp_path, scores):
        scores += [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
        assert kept_step(workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")) == 12

    def test_a_score_that_is_no_number_is_never_the_best(self, workshop, tmp_path, scores):
        scores += [float("nan"), 0.2, float("nan"), 0.1, 0.1, float("nan")]
        assert kept_step(workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")) == 4

    def test_without_a_score_the_last_weights_are_the_result(self, workshop, tmp_path, scores):
        scores += [None] * 6
        directory = workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")
        assert kept_step(directory) == 12
        assert steps_saved(directory) == [12]

    def test_without_validation_images_nothing_is_validated(self, workshop, tmp_path):
        recipe = workshop.changed(("validation = 12", "validation = 0"))
        directory = workshop.run(recipe, tmp_path / "run")
        assert kept_step(directory) == 8
        assert not [line for line in journal.read_journal(directory.journal) if line["event"] == "validation"]
        assert set(strict_json.loads(directory.metrics.read_bytes())["sets"]) == {"test"}


class TestAFullDisk:
    @pytest.fixture
    def full(self, monkeypatch):
        """Refuses to save the checkpoints of the steps given."""
        steps = set()
        save = checkpoint.save_checkpoint

        def refusing(folder, step, tensors, state):
            if step in steps:
                raise RunError(f"the checkpoint at step {step} could not be saved: No space left on device")
            return save(folder, step, tensors, state)

        monkeypatch.setattr(checkpoint, "save_checkpoint", refusing)
        return steps

    def test_a_checkpoint_in_the_middle_is_lost_with_a_note(self, workshop, tmp_path, full, scores):
        scores += [None] * 6
        full |= {3, 6}
        directory = workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")
        assert directory.status == "finished"
        assert sum("No space left" in note for note in workshop.notes.notes) == 2

    def test_what_was_not_saved_is_not_the_best(self, workshop, tmp_path, full, scores):
        scores += [0.1, 0.9, 0.3, 0.5, 0.2, 0.2]
        full |= {4}
        assert kept_step(workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")) == 8

    def test_the_last_checkpoint_must_be_saved(self, workshop, tmp_path, full):
        full |= {12}
        with pytest.raises(RunError, match="No space left"):
            workshop.run(workshop.recipe(*OFTEN), tmp_path / "run")
        full.clear()
        assert workshop.run(workshop.recipe(*OFTEN), tmp_path / "run").status == "finished"

    def test_a_sample_grid_is_lost_with_a_note(self, workshop, tmp_path, monkeypatch):
        def refuse(picture, path):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(train, "save_picture", refuse)
        directory = workshop.run(workshop.recipe(), tmp_path / "run")
        assert directory.status == "finished"
        assert any("step-00000005.png cannot be written: No space left" in note for note in workshop.notes.notes)


class TestNotFinite:
    @pytest.fixture
    def recipe(self, workshop, monkeypatch):
        """A recipe with a loss that is NaN from its tenth evaluation: the dry run's, then one per step."""
        import toys

        monkeypatch.setattr(toys.exploding, "calls", 0)
        return workshop.changed(
            ('[losses.identity]\nuse = "dtn/identity"', '[losses.identity]\nuse = "toys/exploding"\nafter = 9'),
            ("steps = 8", "steps = 20"),
        )

    def test_training_stops_and_names_the_loss_and_the_step(self, workshop, recipe, tmp_path):
        with pytest.raises(TrainingError, match="the loss 'identity' is not finite in step 9"):
            workshop.run(recipe, tmp_path / "run")
        assert RunDirectory(tmp_path / "run").status == "failed"

    def test_no_checkpoint_holds_anything_that_is_not_finite(self, workshop, recipe, tmp_path):
        with pytest.raises(TrainingError):
            workshop.run(recipe, tmp_path / "run")
        last = checkpoint.load_latest(tmp_path / "run" / "checkpoints", lambda path, reason: pytest.fail(reason))
        assert last.step == 8
        for tensors in last.tensors.values():
            assert all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())

    def test_the_run_goes_on_from_there_once_the_cause_is_gone(self, workshop, recipe, tmp_path, monkeypatch):
        import toys

        with pytest.raises(TrainingError):
            workshop.run(recipe, tmp_path / "run")
        monkeypatch.setattr(toys.exploding, "calls", -100)
        assert workshop.run(recipe, tmp_path / "run").status == "finished"
        assert "resumed at step 8" in workshop.notes.notes


def test_rates_count_images_of_one_data_role(workshop, tmp_path):
    workshop.run(workshop.recipe(), tmp_path / "run")
    assert all(report.images_per_second > 0 for report in workshop.notes.reports)
    assert workshop.notes.reports[-1].steps == 8
