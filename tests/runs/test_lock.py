"""One process at a time writes to a run directory, and the dead hold nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ganforge.errors import RunError
from ganforge.runs.lock import Owner, run_lock, running

HOLD = """
import sys
from pathlib import Path
from ganforge.errors import RunError
from ganforge.runs.lock import run_lock
try:
    with run_lock(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
except RunError as error:
    print(error, flush=True)
"""


@pytest.fixture
def start():
    """Provide a function that starts processes: each tries to hold a directory, prints how that went, and waits."""
    started = []

    def start(directory: Path):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_second_process_is_told_who_holds_it(tmp_path, start):
    process = start(tmp_path)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(RunError, match=f"process {process.pid} on ") as caught, run_lock(tmp_path):
        pass
    owner = running(tmp_path)
    assert owner is not None
    assert owner.pid == process.pid
    assert owner.host in caught.value.message
    assert owner.started in caught.value.message
    assert caught.value.fix is not None
    assert f"kill {process.pid}" in caught.value.fix
    process.communicate()
    with run_lock(tmp_path):
        assert running(tmp_path) == Owner(os.getpid(), owner.host, owner.boot_id, running(tmp_path).started)


def test_lock_of_a_killed_owner_is_taken_over(tmp_path, start):
    process = start(tmp_path)
    assert process.stdout.readline() == "held\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / "owner.json").exists()
    assert running(tmp_path) is None
    with run_lock(tmp_path):
        owner = running(tmp_path)
        assert owner is not None
        assert owner.pid == os.getpid()


def test_of_many_that_start_at_once_one_gets_it(tmp_path, start):
    processes = [start(tmp_path) for _ in range(8)]
    said = [process.stdout.readline() for process in processes]
    assert said.count("held\n") == 1
    holder = processes[said.index("held\n")].pid
    assert sum(f"process {holder} on " in line for line in said) == 7


def test_lock_can_be_taken_again_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
        _ = 1 / 0
    with run_lock(tmp_path):
        pass
    assert running(tmp_path) is None


def test_same_process_cannot_hold_it_twice(tmp_path):
    with run_lock(tmp_path):
        with pytest.raises(RunError, match=f"process {os.getpid()}"), run_lock(tmp_path):
            pass
        with pytest.raises(RunError), run_lock(tmp_path):
            pass


@pytest.mark.parametrize("content", [b"", b"[]", b'{"pid": "x"}', b'{"pid": 1e999}', b"\xff"])
def test_unreadable_owner_does_not_hide_that_it_is_taken(tmp_path, content):
    with run_lock(tmp_path):
        (tmp_path / "owner.json").write_bytes(content)
        assert running(tmp_path) is None
        with pytest.raises(RunError, match="in use by another process"), run_lock(tmp_path):
            pass


def test_directory_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be locked"), run_lock(tmp_path / "file"):
        pass


def test_failure_to_name_the_owner_gives_the_lock_back(tmp_path, monkeypatch):
    def failing(source, target):
        raise OSError(28, "No space left on device")

    refused = run_lock(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(RunError, match="No space left"), refused:
            pass
    with run_lock(tmp_path):
        pass


@pytest.mark.parametrize(
    ("change", "alive"),
    [({}, True), ({"boot_id": "another boot"}, False), ({"host": "elsewhere", "boot_id": "another boot"}, True)],
)
def test_owner_is_alive_as_far_as_can_be_seen(tmp_path, change, alive):
    with run_lock(tmp_path):
        owner = json.loads((tmp_path / "owner.json").read_text())
        (tmp_path / "owner.json").write_text(json.dumps({**owner, **change}))
        assert (running(tmp_path) is not None) == alive
