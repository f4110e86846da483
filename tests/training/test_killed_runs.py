"""Real processes: killed at random instants, stopped by signals, and two of them after the same run.

A run that is killed by SIGKILL, however often and at whatever instant, ends with the same bits when it is begun again.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

import pytest

import children
from ganforge.errors import RunError
from ganforge.runs.directory import RunDirectory
from ganforge.runs.lock import running

# Much of the time goes into saving and little into steps, so that many kills come in the middle of a save.
OFTEN = ("train.steps=12", "train.log_every=1", "train.checkpoint_every=1", "train.validate_every=3", "train.keep=1")
PATIENCE = 60.0  # seconds until a process that does not react is given up


@pytest.fixture(scope="session")
def server():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(children.PRELOADED)
    return context


@pytest.fixture
def start(server, workshop, tmp_path):
    """Starts `ganforge ARGUMENTS` in a process, its output in `tmp_path/log`; what is left at the end is killed."""
    started = []

    def start(*arguments, pause=0.0):
        place = workshop.place
        folders = ("--data", place.data_root, "--runs", place.runs, "--cache", place.cache, "--device", "cpu")
        process = server.Process(
            target=children.command_line, args=(tmp_path / "log", pause, *arguments, *folders, "--threads", "1")
        )
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


def run_arguments(workshop, directory, overrides):
    return (
        "run",
        workshop.root / "transfer.toml",
        "--out",
        directory,
        *(x for text in overrides for x in ("--set", text)),
    )


def wait_until(condition, process):
    began = time.monotonic()
    while not condition():
        assert process.is_alive(), "the process ended too early"
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.005)


def exit_code(process):
    process.join(PATIENCE)
    return process.exitcode


def has_begun(directory, lines=2):
    return lambda: (
        (directory / "journal.jsonl").exists() and (directory / "journal.jsonl").read_bytes().count(b"\n") >= lines
    )


def leftovers(directory):
    return [path.name for path in directory.rglob("*") if ".ganforge-" in path.name or path.name.endswith(".part")]


@pytest.mark.promise(
    "A run that is killed at any instant ends with the same bits when it is begun again.", about="runs"
)
def test_20_kills(workshop, start, tmp_path):
    straight = workshop.run(workshop.recipe(*OFTEN), tmp_path / "straight")
    expected = workshop.outcome(straight)
    for name in ("starting-the-server", "timed"):
        began = time.monotonic()
        assert exit_code(start(*run_arguments(workshop, tmp_path / name, OFTEN))) == 0
        whole = time.monotonic() - began
    draw = random.Random(0)
    struck = ended = 0
    while struck < 20 or ended == 0:
        directory = tmp_path / f"run-{ended}"
        process = start(*run_arguments(workshop, directory, OFTEN))
        # The last tenth of this range lets a life end by itself.
        process.join(draw.uniform(0, whole / 0.9) if struck < 20 else PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            struck += process.exitcode == -signal.SIGKILL
        if process.exitcode == -signal.SIGKILL:
            continue
        assert process.exitcode == 0, (tmp_path / "log").read_text()
        assert workshop.outcome(RunDirectory(directory)) == expected
        assert leftovers(directory) == []
        ended += 1


@pytest.mark.promise("A signal saves the run, and a second one ends it at once.", about="runs")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_and_the_run_can_be_resumed(workshop, start, tmp_path, number, code):
    overrides = ("train.steps=30", "train.log_every=1")
    straight = workshop.run(workshop.recipe(*overrides), tmp_path / "straight")
    directory = tmp_path / "run"
    process = start(*run_arguments(workshop, directory, overrides), pause=0.05)
    wait_until(has_begun(directory), process)
    os.kill(process.pid, number)
    assert exit_code(process) == code
    log = (tmp_path / "log").read_text()
    assert f"stopped by {signal.Signals(number).name}" in log
    assert f"ganforge resume {directory}" in log
    assert "Traceback" not in log
    assert RunDirectory(directory).status == "interrupted"
    assert exit_code(start("resume", directory)) == 0
    assert workshop.outcome(RunDirectory(directory)) == workshop.outcome(straight)


def test_a_second_signal_goes_at_once(workshop, start, tmp_path):
    directory = tmp_path / "run"
    process = start(*run_arguments(workshop, directory, ("train.steps=30", "train.log_every=1")), pause=0.4)
    wait_until(has_begun(directory), process)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.05)  # two signals that come together are one
    os.kill(process.pid, signal.SIGINT)
    assert exit_code(process) == 130
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.promise("One process at a time writes to a run, and the others are told which one it is.", about="runs")
def test_two_processes_after_one_run(workshop, start, tmp_path):
    directory = tmp_path / "run"
    overrides = ("train.steps=30", "train.log_every=1")
    first = start(*run_arguments(workshop, directory, overrides), pause=0.1)
    wait_until(has_begun(directory), first)
    with pytest.raises(RunError, match=f"in use by process {first.pid}"):
        workshop.run(workshop.recipe(*overrides), directory)
    assert first.is_alive()
    first.kill()
    first.join()
    # The dead hold nothing.
    assert running(directory) is None
    workshop.run(workshop.recipe(*overrides), directory)
    assert RunDirectory(directory).status == "finished"


@pytest.mark.promise(
    "Of several starts into one new folder a single one trains, and the others leave it alone.", about="lost"
)
def test_of_eight_starts_into_a_new_folder_one_trains(workshop, start, tmp_path):
    overrides = ("train.log_every=1",)
    straight = workshop.run(workshop.recipe(*overrides), tmp_path / "straight")
    directory = tmp_path / "run"
    starts = [start(*run_arguments(workshop, directory, overrides), pause=0.5) for _ in range(8)]
    codes = [exit_code(process) for process in starts]
    log = (tmp_path / "log").read_text()
    assert sorted(codes) == [0, *[1] * 7], log
    assert log.count(f"{directory} is in use by") == 7
    assert "Traceback" not in log
    assert workshop.outcome(RunDirectory(directory)) == workshop.outcome(straight)
