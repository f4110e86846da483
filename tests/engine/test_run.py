"""A recipe as a run: its directory, what it builds on, and the ways in which it is refused or goes on."""

import shutil
import signal
import subprocess

import numpy as np
import pytest
import torch

import ganforge
from ganforge.engine import run as run_module
from ganforge.engine import stages
from ganforge.engine.run import find_or_run, resume, run, run_path
from ganforge.engine.stages import load_data
from ganforge.errors import DataError, GanforgeError, Interrupted, RunError, TrainingError
from ganforge.measuring import trained
from ganforge.quantities import planner
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import check_document, read_recipe
from ganforge.recipe.document import parse_document
from ganforge.runs import journal, strict_json
from ganforge.runs.directory import RunDirectory, create
from small_run import TRANSFER


def events(directory, kind):
    return [line for line in journal.read_journal(directory.journal) if line["event"] == kind]


class TestFromRecipeToResult:
    @pytest.fixture
    def finished(self, workshop, tmp_path):
        return workshop.run(workshop.recipe(), tmp_path / "run")

    def test_the_directory_holds_everything(self, finished):
        assert finished.status == "finished"
        assert {path.name for path in finished.weights.iterdir()} == {
            f"{role}.safetensors" for role in ("encoder", "generator", "discriminator")
        }
        assert [path.name for path in sorted(finished.samples.iterdir())] == ["step-00000005.png", "step-00000008.png"]
        assert finished.recipe.exists()
        assert {path.name for path in (finished.path / "recipes").iterdir()} == {
            path.name for path in (finished.path / "recipes").glob("*-*.toml")
        }

    def test_the_journal_tells_what_happened_in_order(self, finished):
        assert [line["step"] for line in events(finished, "losses")] == [3, 6, 8]
        assert [line["step"] for line in events(finished, "validation")] == [5, 8]
        assert [line["set"] for line in events(finished, "test")] == ["validation", "test"]
        names = set(events(finished, "losses")[0]) - {"event", "step"}
        assert {"identity", "constancy", "adversarial.d_real", "adversarial.accuracy_real"} <= names

    def test_the_metrics_are_of_every_set(self, finished):
        metrics = strict_json.loads(finished.metrics.read_bytes())
        assert set(metrics["sets"]) == {"validation", "test"}
        assert metrics["sets"]["test"]["images"] == 30
        assert metrics["labels_in_losses"] == []
        assert metrics["batch_norm"] == "running"

    def test_the_record_tells_what_it_was_made_from(self, finished, workshop):
        record = finished.read_record()
        assert record["hash"] == workshop.recipe().hash
        assert record["facts"]["source"] == {"image_size": 16, "channels": 3, "classes": 10, "class_names": None}
        assert set(record["digests"]) == {"source", "target", "test"}
        assert set(record["children"]) == {"networks.encoder", "judges.pooled"}
        assert record["fingerprint"]["precision"] == "fp32"

    def test_the_stages_are_reported(self, finished, workshop):
        assert workshop.notes.stages[-3:] == ["data", "train", "evaluate"]
        assert workshop.notes.statuses[-1] == "finished"
        assert [report.step for report in workshop.notes.reports][-3:] == [3, 6, 8]

    def test_a_finished_run_is_left_as_it_is(self, finished, workshop):
        before = workshop.outcome(finished)
        workshop.run(workshop.recipe(), finished.path)
        assert any("finished already" in note for note in workshop.notes.notes)
        assert workshop.outcome(finished) == before


class TestWhere:
    def test_without_a_name_a_new_directory_is_made(self, workshop):
        first = run(plan_all(workshop.recipe(name="judge")), workshop.place)
        second = run(plan_all(workshop.recipe(name="judge")), workshop.place)
        assert first.path.parent == workshop.place.runs
        assert second.name != first.name
        assert {first.name, second.name} <= {"judge", "judge-2", "judge-3"}

    def test_a_folder_that_is_no_run_is_not_touched(self, workshop, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "thesis.txt").write_text("years of work")
        with pytest.raises(RunError, match="exists and is not a run"):
            workshop.run(workshop.recipe(), tmp_path / "run")
        assert (tmp_path / "run" / "thesis.txt").read_text() == "years of work"

    def test_a_file_is_not_touched_either(self, workshop, tmp_path):
        (tmp_path / "run").write_text("years of work")
        with pytest.raises(RunError, match="exists and is not a run"):
            workshop.run(workshop.recipe(), tmp_path / "run")
        assert (tmp_path / "run").read_text() == "years of work"

    def test_an_empty_folder_will_do(self, workshop, tmp_path):
        (tmp_path / "run").mkdir()
        assert workshop.run(workshop.recipe(name="judge"), tmp_path / "run").path == tmp_path / "run"

    def test_a_run_killed_before_its_recipe_was_written_begins_anew(self, workshop, tmp_path):
        create(tmp_path, "run")
        assert workshop.run(workshop.recipe(name="judge"), tmp_path / "run").status == "finished"


class TestClassesLeftOut:
    LEFT = ("data.source.classes=[0, 1, 2, 4, 5]", "data.test.classes=[3]")

    def test_training_sees_none_of_them_and_a_test_may_see_nothing_else(self, workshop, tmp_path):
        recipe = workshop.recipe(*self.LEFT)
        assert set(workshop.data(recipe)["source"].labels) <= {0, 1, 2, 4, 5}
        finished = workshop.run(recipe, tmp_path / "run")
        record = finished.read_record()
        assert record["facts"]["source"]["classes"] == 10
        labels = np.load(workshop.root / "test.npz")["labels"]
        metrics = strict_json.loads(finished.metrics.read_bytes())
        assert metrics["sets"]["test"]["images"] == (labels == 3).sum()
        everything = {
            name: loaded.train.digest for name, loaded in load_data(workshop.recipe(), workshop.place).items()
        }
        assert {name for name in everything if everything[name] != record["digests"][name]} == {"source", "test"}

    def test_they_are_a_difference_of_recipes(self, workshop, tmp_path):
        finished = workshop.run(workshop.recipe(*self.LEFT), tmp_path / "run")
        with pytest.raises(RunError, match=r"data\.source\.classes: \[0, 1, 2, 4, 5\] -> nothing"):
            workshop.run(workshop.recipe(self.LEFT[1]), finished.path)

    def test_what_is_built_on_other_classes_is_another_run(self, workshop):
        paths = {
            run_path(recipe, load_data(recipe, workshop.place), workshop.place)
            for chosen in ((), ("data.images.classes=[0, 1]",), ("data.images.classes=[0, 2]",))
            for recipe in [workshop.recipe(*chosen, name="encoder")]
        }
        assert len(paths) == 3


class TestChildren:
    def test_the_same_recipe_on_the_same_data_is_built_once(self, workshop):
        first = find_or_run(plan_all(workshop.recipe(name="encoder")), workshop.place)
        workshop.notes.stages.clear()
        assert find_or_run(plan_all(workshop.recipe("train.log_every=1", name="encoder")), workshop.place) == first
        assert "train" not in workshop.notes.stages

    def test_a_run_whose_maker_was_killed_before_it_had_a_record_lies_where_it_should(self, workshop):
        recipe = workshop.recipe("recipe.seed=77", "train.steps=1", name="encoder")
        path = run_path(recipe, load_data(recipe, workshop.place), workshop.place)
        path.mkdir()
        (path / ".ganforge-new-0123").write_text("{")
        assert find_or_run(plan_all(recipe), workshop.place).path == path

    def test_another_seed_is_another_run(self, workshop):
        first = find_or_run(plan_all(workshop.recipe(name="encoder")), workshop.place)
        assert find_or_run(plan_all(workshop.recipe("recipe.seed=77", name="encoder")), workshop.place) != first

    def test_the_encoder_that_is_kept_is_that_of_its_recipe(self, workshop, tmp_path):
        finished = workshop.run(workshop.recipe(), tmp_path / "run")
        encoder = find_or_run(plan_all(workshop.recipe(name="encoder")), workshop.place)
        ours = (finished.weights / "encoder.safetensors").read_bytes()
        assert ours == (encoder.weights / "classifier.safetensors").read_bytes()


class TestResuming:
    @pytest.fixture
    def begun(self, workshop, tmp_path, monkeypatch):
        """A run that was stopped at its end, before it was measured."""
        with monkeypatch.context() as patch:
            patch.setattr(stages, "measure_sets", lambda *arguments, **named: signal.raise_signal(signal.SIGTERM))
            with pytest.raises(Interrupted):
                workshop.run(workshop.recipe(), tmp_path / "run")
        return RunDirectory(tmp_path / "run")

    @pytest.mark.promise("Changed data and another recipe are refused in a run that has begun.", about="runs")
    def test_a_changed_recipe_is_refused_with_the_difference(self, workshop, begun):
        with pytest.raises(RunError) as caught:
            workshop.run(workshop.recipe("train.steps=9", "losses.identity.weight=2.0"), begun.path)
        assert "train.steps: 8 -> 9" in caught.value.message
        assert "losses.identity.weight: 15.0 -> 2.0" in caught.value.message
        assert "resume" in caught.value.fix
        assert begun.status == "interrupted"

    def test_a_change_of_what_is_merely_seen_is_no_difference(self, workshop, begun):
        assert workshop.run(workshop.recipe("train.log_every=1"), begun.path).status == "finished"

    def test_resume_needs_no_recipe(self, workshop, begun):
        assert resume(begun, workshop.place).status == "finished"

    @pytest.mark.promise("Changed data and another recipe are refused in a run that has begun.", about="runs")
    def test_changed_data_is_refused(self, workshop, begun, tmp_path):
        record = begun.read_record()
        begun.update_record({"digests": {**record["digests"], "target": "0" * 64}})
        with pytest.raises(RunError, match=r"the data of \[data\.target\] is not what"):
            resume(begun, workshop.place)

    @pytest.mark.promise("The commit of a recipe's repository is in the record of its run.", about="folders")
    @pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
    def test_the_commit_of_the_recipes_repository_stays_in_the_record(self, workshop, tmp_path, monkeypatch):
        def git(*arguments):
            identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
            command = ["git", "-C", str(repository), *identity, *arguments]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

        repository = tmp_path / "repository"
        repository.mkdir()
        shutil.copyfile(workshop.root / "judge.toml", repository / "judge.toml")
        git("init")
        git("commit", "--allow-empty", "-m", "first")
        with monkeypatch.context() as patch:
            patch.setattr(stages.environment, "peak_memory", lambda: signal.raise_signal(signal.SIGINT))
            with pytest.raises(Interrupted):
                workshop.run(read_recipe(repository / "judge.toml", workshop.place.registry), tmp_path / "run")
        commit = RunDirectory(tmp_path / "run").read_record()["environment"]["commit"]
        assert commit == git("rev-parse", "HEAD")
        resumed = resume(RunDirectory(tmp_path / "run"), workshop.place)  # whose recipe lies in no repository
        assert resumed.status == "finished"
        assert resumed.read_record()["environment"]["commit"] == commit

    def test_another_machine_is_noted(self, workshop, begun):
        record = begun.read_record()
        begun.update_record({"fingerprint": {**record["fingerprint"], "threads": 16}})
        assert resume(begun, workshop.place).status == "finished"
        assert any("will not continue to the same bits: threads: 16 -> 1" in note for note in workshop.notes.notes)
        assert begun.read_record()["fingerprint"]["threads"] == 16

    def test_a_run_stopped_while_it_is_measured_ends_like_any_other(self, workshop, tmp_path, begun):
        straight = workshop.run(workshop.recipe(), tmp_path / "straight")
        assert workshop.outcome(resume(begun, workshop.place)) == workshop.outcome(straight)

    def test_a_run_stopped_just_before_its_end_ends_like_any_other(self, workshop, tmp_path, monkeypatch):
        straight = workshop.run(workshop.recipe(), tmp_path / "straight")
        with monkeypatch.context() as patch:
            patch.setattr(stages.environment, "peak_memory", lambda: signal.raise_signal(signal.SIGINT))
            with pytest.raises(Interrupted):
                workshop.run(workshop.recipe(), tmp_path / "stopped")
        stopped = resume(RunDirectory(tmp_path / "stopped"), workshop.place)
        assert workshop.outcome(stopped) == workshop.outcome(straight)
        assert len(events(stopped, "test")) == 2

    def test_a_run_stopped_while_data_is_loaded_is_interrupted(self, workshop, tmp_path, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(stages, "load_images", lambda *arguments: signal.raise_signal(signal.SIGINT))
            with pytest.raises(Interrupted) as caught:
                workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
        assert caught.value.exit_code == 130
        assert RunDirectory(tmp_path / "run").status == "interrupted"


class TestFailing:
    def test_a_missing_file_fails_the_run_and_says_so(self, workshop, tmp_path):
        recipe = workshop.changed(('path = "test.npz"', 'path = "missing.npz"'))
        with pytest.raises(DataError, match=r"missing\.npz is missing") as caught:
            workshop.run(recipe, tmp_path / "run")
        assert caught.value.where == recipe.document.where(("data", "test"))
        assert RunDirectory(tmp_path / "run").status == "failed"
        assert workshop.notes.statuses[-1] == "failed"

    @pytest.mark.promise(
        "All data of a recipe and of those that it builds on are opened before the first of them trains.", about="lost"
    )
    def test_a_missing_file_is_found_before_other_runs_are_made(self, workshop, tmp_path):
        encoder = (workshop.root / "encoder.toml").read_text()
        (tmp_path / "encoder.toml").write_text(encoder.replace("seed = 1", "seed = 9"))
        (tmp_path / "judge.toml").write_text((workshop.root / "judge.toml").read_text())
        text = TRANSFER.replace('path = "writing.npz"', 'path = "missing.npz"')
        recipe = check_document(parse_document(text, tmp_path / "transfer.toml"), workshop.place.registry)
        before = set(workshop.place.runs.iterdir())
        with pytest.raises(DataError, match=r"missing\.npz is missing"):
            workshop.run(recipe, tmp_path / "run")
        assert set(workshop.place.runs.iterdir()) == before
        assert "train" not in workshop.notes.stages

    def test_a_gpu_without_memory_is_told_in_one_line(self, workshop, tmp_path, monkeypatch):
        def full(*arguments):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nmore lines")

        monkeypatch.setattr(run_module, "run_stages", full)
        with pytest.raises(TrainingError, match=r"does not suffice: CUDA out of memory") as caught:
            workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
        assert "batch_size" in caught.value.fix

    def test_settings_of_torch_are_put_back(self, workshop, tmp_path):
        def settings():
            return (
                torch.are_deterministic_algorithms_enabled(),
                torch.is_deterministic_algorithms_warn_only_enabled(),
                torch.backends.cudnn.benchmark,
                torch.utils.deterministic.fill_uninitialized_memory,
                torch.random.get_rng_state().numpy().tobytes(),
            )

        torch.manual_seed(4)
        before = settings()
        workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
        with pytest.raises(GanforgeError):
            workshop.run(workshop.changed(('path = "test.npz"', 'path = "missing.npz"')), tmp_path / "failed")
        assert settings() == before


@pytest.mark.parametrize("deterministic", [True, False])
def test_only_a_deterministic_recipe_restricts_torch(deterministic):
    with run_module.torch_settings(deterministic):
        assert torch.are_deterministic_algorithms_enabled() == deterministic
        assert torch.backends.cudnn.benchmark != deterministic


def test_runs_do_not_depend_on_the_directory_they_are_in(workshop, tmp_path):
    first, second = (workshop.run(workshop.recipe(), tmp_path / name) for name in ("a", "another"))
    assert workshop.outcome(first) == workshop.outcome(second)


def test_each_recipe_is_planned_once_and_its_data_loaded_once(workshop, tmp_path, monkeypatch):
    planned, read = [], []
    make, load = planner.make_plan, stages.load_data
    for module in (planner, trained):
        monkeypatch.setattr(module, "make_plan", lambda recipe: (planned.append(recipe.name), make(recipe))[1])
    for module in (stages, run_module):
        monkeypatch.setattr(module, "load_data", lambda *given: (read.append(given[0].name), load(*given))[1])
    folders = {name: tmp_path / name for name in ("runs", "cache")}
    ganforge.run(workshop.root / "transfer.toml", data=workshop.root, device="cpu", trackers=[], **folders)
    assert sorted(planned) == sorted(read) == ["encoder", "judge", "transfer"]
