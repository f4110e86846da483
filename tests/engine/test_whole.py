"""A finished run is whole: what it has lost is made again from its newest valid checkpoint, and recorded."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ganforge import atomic
from ganforge.engine import run as run_module
from ganforge.engine.run import find_or_run, resume
from ganforge.errors import Interrupted, RunError
from ganforge.measuring.trained import Trained
from ganforge.quantities.planner import plan_all
from ganforge.report.html import is_whole
from ganforge.report.page import render, write_report
from ganforge.runs import journal, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.training.step import Stepper

CPU = torch.device("cpu")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


LOSSES = {
    "weights": lambda run: shutil.rmtree(run.weights),
    "one network": lambda run: (run.weights / "generator.safetensors").unlink(),
    "damaged weights": lambda run: flip(run.weights / "generator.safetensors"),
    "metrics": lambda run: run.metrics.unlink(),
    "damaged metrics": lambda run: flip(run.metrics),
    "readings": lambda run: run.readings.unlink(),
    "weights and checkpoints": lambda run: (shutil.rmtree(run.weights), shutil.rmtree(run.checkpoints)),
}


@pytest.mark.promise(
    "What a finished run has lost is made again and recorded, also in runs that others build on.", about="lost"
)
@pytest.mark.parametrize("name", LOSSES)
def test_what_a_finished_run_has_lost_is_made_again(
    workshop: Any, finished: RunDirectory, copy: RunDirectory, name: str
) -> None:
    LOSSES[name](copy)
    resume(copy, workshop.place)
    assert copy.status == "finished"
    assert workshop.outcome(copy) == workshop.outcome(finished)
    Trained(copy, workshop.place.registry, CPU)
    [repair] = copy.read_record()["repairs"]
    assert set(repair["lost"].values()) == {"damaged" if "damaged" in name else "missing"}
    assert any("goes on from its newest valid checkpoint" in note for note in workshop.notes.notes)
    workshop.notes.notes.clear()
    resume(copy, workshop.place)
    assert any("finished already" in note for note in workshop.notes.notes)


@pytest.mark.parametrize("name", ["weights", "damaged weights"])
def test_a_run_that_others_build_on_is_rebuilt(workshop: Any, name: str) -> None:
    recipe = workshop.recipe("recipe.seed=92", name="encoder")
    found = find_or_run(plan_all(recipe), workshop.place)
    path = found.weights / "classifier.safetensors"
    before = path.read_bytes()
    shutil.rmtree(found.weights) if name == "weights" else flip(path)
    assert find_or_run(plan_all(recipe), workshop.place) == found
    assert path.read_bytes() == before


def test_no_valid_checkpoint_and_no_weights_say_how_to_begin_again(workshop: Any, copy: RunDirectory) -> None:
    shutil.rmtree(copy.weights)
    for path in copy.checkpoints.glob("*/state.json"):
        flip(path)
    with pytest.raises(RunError, match="is valid") as caught:
        resume(copy, workshop.place)
    assert f"delete {copy.checkpoints}" in str(caught.value.fix)
    shutil.rmtree(copy.checkpoints)
    assert resume(copy, workshop.place).status == "finished"


def test_a_damaged_report_is_written_again(workshop: Any, copy: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "write_report", write_report)
    page = write_report(copy).read_bytes()
    assert is_whole(copy.report)
    for damage in (page[:-1], page[:1000], b"", page[:5000] + bytes([page[5000] ^ 1]) + page[5001:]):
        copy.report.write_bytes(damage)
        assert not is_whole(copy.report)
        resume(copy, workshop.place)
        assert copy.report.read_bytes() == page


def test_a_stopped_run_says_that_its_journal_was_damaged(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        if number == 6:
            signal.raise_signal(signal.SIGTERM)

    found = RunDirectory(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(Stepper, "step", step)
        with pytest.raises(Interrupted):
            workshop.run(workshop.recipe(), found.path)
    lines = found.journal.read_bytes().splitlines(keepends=True)
    found.journal.write_bytes(b"".join([lines[0].replace(b"0", b"1", 1), *lines[1:-1]]))
    with pytest.raises(RunError, match=r"journal\.jsonl is damaged"):
        render(found, found.path)
    resume(found, workshop.place)
    assert any("journal.jsonl is damaged" in note for note in workshop.notes.notes)
    page = render(found, found.path)
    assert "journal.jsonl (damaged)" in page
    assert "1 damaged line of the journal is left out" in page
    assert "the journal was damaged: lines of it are left out" in page


BEST_FIRST = (
    "train.steps=12",
    "train.validate_every=2",
    "train.checkpoint_every=4",
    "train.keep=1",
    "train.select=transfer-accuracy",
)


@pytest.fixture
def stopped(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run stopped at a step that is not its best."""
    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        if number == 8:
            signal.raise_signal(signal.SIGTERM)

    for seed in range(5, 15):
        run_ = RunDirectory(tmp_path / f"run-{seed}")
        with monkeypatch.context() as patch:
            patch.setattr(Stepper, "step", step)
            with pytest.raises(Interrupted):
                workshop.run(workshop.recipe(*BEST_FIRST, f"recipe.seed={seed}"), run_.path)
        if best_step(run_) < 9:
            return run_
    raise AssertionError("every seed was best at the last step")


def best_step(run: RunDirectory) -> int:
    newest = max(run.checkpoints.glob("step-*"))
    best: int = strict_json.loads((newest / "state.json").read_bytes())["best"]["step"]
    return best


@pytest.mark.promise("A damaged best checkpoint costs the best step and not the run.", about="lost")
def test_a_damaged_best_checkpoint_costs_the_best_and_not_the_run(workshop: Any, stopped: RunDirectory) -> None:
    lost = best_step(stopped)
    flip(stopped.checkpoints / f"step-{lost:08d}" / "networks.safetensors")
    resume(stopped, workshop.place)
    assert stopped.status == "finished"
    metrics: Any = strict_json.loads(stopped.metrics.read_bytes())
    assert metrics["step"] >= 9
    assert metrics["select"] == "transfer-accuracy"
    warnings = [line for line in journal.read_journal(stopped.journal) if line["event"] == "warning"]
    assert [line["name"] for line in warnings if line["name"] == "best-lost"] == ["best-lost"]


def test_so_does_one_that_is_lost_after_training(workshop: Any, tmp_path: Path) -> None:
    for seed in range(5, 15):
        found = workshop.run(workshop.recipe(*BEST_FIRST, f"recipe.seed={seed}"), tmp_path / f"run-{seed}")
        metrics: Any = strict_json.loads(found.metrics.read_bytes())
        if metrics["step"] < 12:
            break
    assert metrics["step"] < 12
    shutil.rmtree(found.checkpoints / f"step-{metrics['step']:08d}")
    found.metrics.unlink()
    resume(found, workshop.place)
    assert strict_json.loads(found.metrics.read_bytes())["step"] == 12


@pytest.mark.promise(
    "Of several starts into one new folder a single one trains, and the others leave it alone.", about="lost"
)
def test_of_two_starters_the_slow_one_leaves_the_run_of_the_fast_one(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast one runs to its end at the instant when the slow one writes its first record."""
    write, records = atomic.write_file, []

    def overtaken(path: Path, data: bytes) -> None:
        if path.name == "run.json" and not records:
            records.append(b"")
            records.append(workshop.run(workshop.recipe(name="judge"), tmp_path / "run").record.read_bytes())
        write(path, data)

    monkeypatch.setattr(atomic, "write_file", overtaken)
    slow = workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert slow.record.read_bytes() == records[1]
    assert any("finished already" in note for note in workshop.notes.notes)
    assert workshop.notes.statuses.count("finished") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.promise("A report that a signal or a full disk stopped is written later.", about="lost")
def test_a_report_stopped_by_a_signal_is_written_later(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "write_report", lambda _: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(Interrupted) as caught:
            workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert caught.value.exit_code == 143
    assert caught.value.fix == f"ganforge resume {tmp_path / 'run'}"
    assert RunDirectory(tmp_path / "run").status == "finished"
    monkeypatch.setattr(run_module, "write_report", lambda found: written.append(found.path))
    resume(RunDirectory(tmp_path / "run"), workshop.place)
    assert written == [tmp_path / "run"]


def test_the_missing_report_of_a_run_that_others_build_on_is_written_by_the_next_that_does(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def write(found: RunDirectory) -> None:
        written.append(found.name)
        write_report(found)

    monkeypatch.setattr(run_module, "write_report", write)
    plan = plan_all(workshop.recipe(name="judge"))
    judge = find_or_run(plan, workshop.place)
    judge.report.unlink(missing_ok=True)  # as if it had been killed while it wrote
    written.clear()
    assert find_or_run(plan, workshop.place) == find_or_run(plan, workshop.place) == judge
    assert written == [judge.name]


def test_a_signal_that_comes_while_the_end_is_recorded_waits_for_it(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = workshop.notes.finished

    def stopped(directory: Path, status: str) -> None:
        signal.raise_signal(signal.SIGTERM)
        finished(directory, status)

    with monkeypatch.context() as patch:
        patch.setattr(type(workshop.notes), "finished", lambda _, *arguments: stopped(*arguments))
        with pytest.raises(Interrupted, match="the run is finished") as caught:
            workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert caught.value.exit_code == 143
    assert caught.value.fix == f"ganforge resume {tmp_path / 'run'}"
    assert RunDirectory(tmp_path / "run").status == "finished"


def test_a_signal_before_there_is_a_recipe_names_no_run_to_resume(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "store_recipe", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(Interrupted) as caught:
        workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert caught.value.fix == "repeat the command"


def test_a_report_that_a_full_disk_refused_is_written_later(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: RunDirectory) -> None:
        raise RunError("no space left")

    written: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "write_report", full)
        found = workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert any("no space left" in note and "ganforge report" in note for note in workshop.notes.notes)
    monkeypatch.setattr(run_module, "write_report", lambda found: written.append(found.path))
    workshop.run(workshop.recipe(name="judge"), found.path)
    assert written == [found.path]


@pytest.mark.promise("A disk without room for a run is refused before training.", about="lost")
def test_a_disk_without_room_is_refused_before_training(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**9, used=10**9, free=300_000))
    with pytest.raises(RunError, match=r"0\.3 MB free, and the run needs about") as caught:
        workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    assert "make room" in str(caught.value.fix)
    assert not RunDirectory(tmp_path / "run").checkpoints.exists()
