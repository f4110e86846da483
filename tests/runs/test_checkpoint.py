"""Checkpoints come back as they were saved, the newest is found, and old ones go."""

import math
import os
import shutil

import pytest
import torch

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import checkpoint

TENSORS = {
    "networks": {"g.weight": torch.arange(12.0).reshape(3, 4), "g.steps": torch.tensor(5)},
    "optimizers": {},
    "ema": {
        "half": torch.ones(3, dtype=torch.bfloat16),
        "empty": torch.empty(0, 2),
        "mask": torch.tensor([True, False]),
    },
}
STATE = {"loss": 0.1 + 0.2, "worst": -math.inf, "history": [1, 2.0, None], "name": "dtn"}


def save(folder, *steps):
    return [
        checkpoint.save_checkpoint(folder, step, {"networks": {"w": torch.full((4,), float(step))}}, {})
        for step in steps
    ]


def steps_in(folder):
    return [int(path.name.removeprefix("step-")) for path in sorted(folder.iterdir())]


def damage(path):
    with open(path / "networks.safetensors", "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")


def refuse(path, reason):
    raise AssertionError(reason)


def test_round_trip(tmp_path):
    path = checkpoint.save_checkpoint(tmp_path / "checkpoints", 1000, TENSORS, STATE)
    assert path.name == "step-00001000"
    assert sorted(entry.name for entry in path.iterdir()) == [
        "ema.safetensors",
        "manifest.json",
        "networks.safetensors",
        "optimizers.safetensors",
        "state.json",
    ]
    loaded = checkpoint.load_checkpoint(path)
    assert (loaded.step, loaded.state, loaded.path) == (1000, STATE, path)
    assert set(loaded.tensors) == set(TENSORS)
    for group, named in TENSORS.items():
        assert set(loaded.tensors[group]) == set(named)
        for name, tensor in named.items():
            assert loaded.tensors[group][name].dtype == tensor.dtype
            assert torch.equal(loaded.tensors[group][name], tensor)


def test_same_step_is_replaced(tmp_path):
    checkpoint.save_checkpoint(tmp_path, 3, TENSORS, {"try": 1})
    path = checkpoint.save_checkpoint(tmp_path, 3, {}, {"try": 2})
    loaded = checkpoint.load_checkpoint(path)
    assert loaded.state == {"try": 2}
    assert loaded.tensors == {}
    assert steps_in(tmp_path) == [3]


def test_a_moved_checkpoint_loads_and_a_misnamed_one_does_not(tmp_path):
    (path,) = save(tmp_path, 3)
    assert checkpoint.load_checkpoint(path.rename(tmp_path / "best")).step == 3
    with pytest.raises(RunError, match="it holds step 3"):
        checkpoint.load_checkpoint((tmp_path / "best").rename(tmp_path / "step-00000004"))


@pytest.mark.parametrize("group", ["", "../networks", "Networks", "a.b", "a/b", "-a"])
def test_group_names_that_are_no_file_names_are_refused(tmp_path, group):
    with pytest.raises(RunError, match="cannot name a group"):
        checkpoint.save_checkpoint(tmp_path, 1, {group: {}}, {})
    assert list(tmp_path.iterdir()) == []


def test_state_that_is_not_json_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(RunError, match=r"\$\.best is a Tensor"):
        checkpoint.save_checkpoint(tmp_path / "checkpoints", 1, {}, {"best": torch.tensor(1)})
    with pytest.raises(RunError, match="step -1"):
        checkpoint.save_checkpoint(tmp_path / "checkpoints", -1, {}, {})
    assert not (tmp_path / "checkpoints").exists()


def test_unwritable_folder_is_an_error_with_its_cause(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be saved") as caught:
        checkpoint.save_checkpoint(tmp_path / "file" / "checkpoints", 1, {}, {})
    assert isinstance(caught.value.__cause__, OSError)


def test_load_of_what_is_not_there(tmp_path):
    with pytest.raises(RunError, match=r"manifest\.json is missing"):
        checkpoint.load_checkpoint(tmp_path / "step-00000001")


def test_latest_of_nothing_is_none(tmp_path):
    assert checkpoint.load_latest(tmp_path / "missing", refuse) is None
    (tmp_path / "notes").mkdir()
    assert checkpoint.load_latest(tmp_path, refuse) is None


def test_latest_is_the_highest_step_beyond_eight_digits(tmp_path):
    save(tmp_path, 99_999_999, 100_000_000, 7)
    found = checkpoint.load_latest(tmp_path, refuse)
    assert found is not None
    assert found.step == 100_000_000


def test_latest_tells_of_each_damaged_one(tmp_path):
    for path in save(tmp_path, 1, 2, 3)[1:]:
        damage(path)
    told = []
    found = checkpoint.load_latest(tmp_path, lambda path, reason: told.append((path.name, reason)))
    assert found is not None
    assert found.step == 1
    assert [name for name, _ in told] == ["step-00000003", "step-00000002"]
    assert all("networks.safetensors" in reason for _, reason in told)


def test_latest_raises_when_none_is_valid(tmp_path):
    for path in save(tmp_path, 1, 2):
        damage(path)
    with pytest.raises(RunError, match="none of the 2 checkpoints"):
        checkpoint.load_latest(tmp_path, lambda path, reason: None)


def test_latest_finds_what_a_killed_writer_had_set_aside(tmp_path):
    save(tmp_path, 1)
    (path,) = save(tmp_path, 2)
    path.rename(atomic.set_aside(path))
    found = checkpoint.load_latest(tmp_path, refuse)
    assert found is not None
    assert found.step == 2
    atomic.clean(tmp_path)
    assert checkpoint.load_checkpoint(path).step == 2


def test_rotation_keeps_the_newest_and_the_protected(tmp_path):
    save(tmp_path, *range(1, 8))
    removed = checkpoint.remove_old_checkpoints(tmp_path, keep=2, protect={3}, on_error=refuse)
    assert steps_in(tmp_path) == [3, 6, 7]
    assert sorted(path.name for path in removed) == [f"step-0000000{step}" for step in (1, 2, 4, 5)]
    assert checkpoint.remove_old_checkpoints(tmp_path, keep=2, protect={3}, on_error=refuse) == []


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_rotation_keeps_the_newest_valid_one(tmp_path, keep):
    for path in save(tmp_path, 1, 2, 3, 4)[2:]:
        damage(path)
    checkpoint.remove_old_checkpoints(tmp_path, keep=keep, protect=(), on_error=refuse)
    assert 2 in steps_in(tmp_path)
    assert 1 not in steps_in(tmp_path)
    found = checkpoint.load_latest(tmp_path, lambda path, reason: None)
    assert found is not None
    assert found.step == 2


def test_rotation_removes_nothing_when_none_is_valid(tmp_path):
    for path in save(tmp_path, 1, 2, 3):
        damage(path)
    assert checkpoint.remove_old_checkpoints(tmp_path, keep=1, protect=(), on_error=refuse) == []
    assert steps_in(tmp_path) == [1, 2, 3]


def test_rotation_leaves_other_folders_alone(tmp_path):
    save(tmp_path, 1, 2)
    (tmp_path / "step-1").mkdir()
    (tmp_path / "notes-step-00000001").mkdir()
    checkpoint.remove_old_checkpoints(tmp_path, keep=1, protect=(), on_error=refuse)
    assert {path.name for path in tmp_path.iterdir()} == {"step-1", "notes-step-00000001", "step-00000002"}


def test_failing_removal_is_told_and_the_rest_goes_on(tmp_path, monkeypatch):
    save(tmp_path, 1, 2, 3, 4)
    rename = os.rename

    def failing(source, target):
        if source == tmp_path / "step-00000002":
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    told = []
    checkpoint.remove_old_checkpoints(
        tmp_path, keep=1, protect=(), on_error=lambda path, reason: told.append((path.name, reason))
    )
    assert steps_in(tmp_path) == [2, 4]
    assert len(told) == 1
    assert told[0][0] == "step-00000002"
    assert "Permission denied" in told[0][1]


def test_removal_that_stops_half_way_leaves_no_half_checkpoint(tmp_path, monkeypatch):
    save(tmp_path, 1, 2)

    def failing(path, *arguments, **options):
        (path / "state.json").unlink()
        raise OSError(5, "Input/output error")

    told = []
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", failing)
        checkpoint.remove_old_checkpoints(
            tmp_path, keep=1, protect=(), on_error=lambda path, reason: told.append(reason)
        )
    assert len(told) == 1
    assert not (tmp_path / "step-00000001").exists()
    atomic.clean(tmp_path)
    assert steps_in(tmp_path) == [2]
