"""A save that fails or is killed, at any system call, leaves the checkpoint before it as it was."""

import contextlib
import errno
import os
import random
import signal
import time

import pytest
import torch

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import checkpoint

CALLS = ("open", "write", "fsync", "close", "mkdir", "rename")
OLD = {"networks": {"w": torch.zeros(50)}}
NEW = {"networks": {"w": torch.ones(50)}}

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
# The child does nothing but save small tensors and leave, so threads of the parent do not matter.
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")


class Faults:
    """Counts the calls of functions of `os` while active, and does `action` at call number `at`, or from it on."""

    def __init__(self, names, at, action, *, on_from_there=False):
        self.names, self.at, self.action, self.on_from_there = names, at, action, on_from_there
        self.count = 0

    def __enter__(self):
        self.originals = {name: getattr(os, name) for name in self.names}
        for name, original in self.originals.items():
            setattr(os, name, self.counting(original))
        return self

    def __exit__(self, *error):
        for name, original in self.originals.items():
            setattr(os, name, original)

    def counting(self, original):
        def call(*arguments, **options):
            self.count += 1
            if self.count == self.at or (self.on_from_there and self.count > self.at):
                self.action()
            return original(*arguments, **options)

        return call

    @property
    def happened(self):
        return self.count >= self.at


def no_space():
    raise OSError(errno.ENOSPC, "No space left on device")


def leave():
    os._exit(9)


def refuse(path, reason):
    raise AssertionError(reason)


def error_of_saving(folder, step):
    try:
        checkpoint.save_checkpoint(folder, step, NEW, {"is": "new"})
    except RunError as error:
        return error
    return None


def assert_whole(folder, new_step):
    """One of the two states is there, complete; nothing is left over; and the next save works."""
    found = checkpoint.load_latest(folder, refuse)
    assert found is not None
    if found.state == {"is": "old"}:
        assert found.step == 1
        assert set(found.tensors) == {"networks"}
        assert torch.equal(found.tensors["networks"]["w"], OLD["networks"]["w"])
    else:
        assert found.step == new_step
        assert found.state == {"is": "new"}
        assert torch.equal(found.tensors["networks"]["w"], NEW["networks"]["w"])
    atomic.clean(folder)
    names = {path.name for path in folder.iterdir()}
    assert found.path.name.removeprefix(".ganforge-old-") in names
    assert names <= {"step-00000001", f"step-{new_step:08d}"}
    checkpoint.save_checkpoint(folder, new_step, NEW, {"is": "new"})
    again = checkpoint.load_latest(folder, refuse)
    assert again is not None
    assert again.step == new_step
    assert again.state == {"is": "new"}


@pytest.mark.promise("A save that fails or is killed at any call leaves the checkpoints before it.", about="runs")
@pytest.mark.parametrize("new_step", [1, 2], ids=["same step", "next step"])
@pytest.mark.parametrize("on_from_there", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("name", CALLS)
def test_each_failing_call(tmp_path, name, on_from_there, new_step):
    at = 0
    while True:
        at += 1
        folder = tmp_path / str(at)
        checkpoint.save_checkpoint(folder, 1, OLD, {"is": "old"})
        with Faults([name], at, no_space, on_from_there=on_from_there) as faults:
            error = error_of_saving(folder, new_step)
        if not faults.happened:
            break
        # Only what follows the renaming may fail unnoticed: the old one is then removed later.
        if error is None:
            assert checkpoint.load_checkpoint(folder / f"step-{new_step:08d}").state == {"is": "new"}
        else:
            assert "No space left" in error.message
            assert isinstance(error.__cause__, OSError)
        assert_whole(folder, new_step)
    assert at > 1, f"saving never calls os.{name}"


@pytest.mark.promise("A save that fails or is killed at any call leaves the checkpoints before it.", about="runs")
@needs_fork
@forks
@pytest.mark.parametrize("new_step", [1, 2], ids=["same step", "next step"])
def test_killed_at_each_call(tmp_path, new_step):
    at = 0
    status = 9
    while status == 9:
        at += 1
        folder = tmp_path / str(at)
        checkpoint.save_checkpoint(folder, 1, OLD, {"is": "old"})
        child = os.fork()
        if child == 0:
            with Faults([*CALLS, "unlink", "rmdir"], at, leave):
                checkpoint.save_checkpoint(folder, new_step, NEW, {"is": "new"})
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 9)
        assert_whole(folder, new_step)
    assert at > 20


def save_forever(folder, step, progress):
    while True:
        step += 1
        checkpoint.save_checkpoint(
            folder, step, {"networks": {"w": torch.full((20_000,), float(step))}}, {"step": step}
        )
        checkpoint.save_checkpoint(
            folder, step, {"networks": {"w": torch.full((20_000,), float(step))}}, {"step": step}
        )
        checkpoint.remove_old_checkpoints(folder, keep=2, protect=(), on_error=refuse)
        os.write(progress, b".")


@needs_fork
@forks
def test_killed_at_any_time(tmp_path):
    chooser = random.Random(0)
    reached = 0
    for _ in range(25):
        out, progress = os.pipe()
        child = os.fork()
        if child == 0:
            save_forever(tmp_path, reached, progress)
        os.close(progress)
        assert os.read(out, 1) == b"."  # At least one step was saved, so that each round gets on.
        time.sleep(chooser.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(out)
        found = checkpoint.load_latest(tmp_path, refuse)
        assert found is not None
        assert found.step > reached
        assert found.state == {"step": found.step}
        assert (found.tensors["networks"]["w"] == found.step).all()
        reached = found.step
        atomic.clean(tmp_path)
        assert all(path.name.startswith("step-") for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["open", "write", "fsync", "close", "replace"])
def test_each_failing_call_leaves_the_file_before_it(tmp_path, name):
    at = 0
    while True:
        at += 1
        target = tmp_path / str(at) / "run.json"
        target.parent.mkdir()
        atomic.write_file(target, b"old")
        with Faults([name], at, no_space) as faults, contextlib.suppress(OSError):
            atomic.write_file(target, b"new")
        if not faults.happened:
            break
        assert target.read_bytes() in (b"old", b"new")
        assert [path.name for path in target.parent.iterdir()] == ["run.json"]
    assert at > 1


def test_a_write_that_takes_only_some_bytes_is_carried_on(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:100]))
    path = checkpoint.save_checkpoint(tmp_path, 1, NEW, {"is": "new"})
    assert torch.equal(checkpoint.load_checkpoint(path).tensors["networks"]["w"], NEW["networks"]["w"])
