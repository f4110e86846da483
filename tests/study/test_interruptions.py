"""Killed or stopped at any moment, a study goes on when it is called again, and ends with the same table."""

import os
import random
import signal
import subprocess
import time

import pytest

from ganforge.runs.directory import RunDirectory, list_runs
from ganforge.runs.lock import running

LONG = ("train.steps=60", "train.checkpoint_every=5", "train.validate_every=15")
PATIENCE = 120


@pytest.fixture(scope="module")
def undisturbed(built, tmp_path_factory):
    bench = type(built)(built.root, built.cache, tmp_path_factory.mktemp("undisturbed"))
    bench.run(bench.write().read_text(), *LONG, jobs=2)
    return bench.table()


def workers(bench):
    """The processes that write runs now."""
    return [owner.pid for run in list_runs(bench.runs) if (owner := running(run.path))]


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def begin(bench, generator):
    """A study that has been at its runs for a while."""
    options = [part for text in LONG for part in ("--set", text)]
    process = bench.begin(bench.write(), "--jobs", "2", *options)
    wait_until(lambda: workers(bench) or process.poll() is not None)
    time.sleep(generator.uniform(0, 1.5))
    return process


def ended(process):
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return output


def kill(bench, process, victim):
    """SIGKILL for the study's process, or for one of its workers."""
    pids = workers(bench) if victim == "worker" else [process.pid]
    for pid in pids[:1]:
        os.kill(pid, signal.SIGKILL)
    ended(process)
    wait_until(lambda: not workers(bench))


def test_stopped_and_killed_it_ends_with_the_same_table(bare, undisturbed):
    generator = random.Random()
    # Ctrl-C on a terminal goes to the whole foreground process group.
    process = begin(bare, generator)
    os.killpg(process.pid, signal.SIGINT)
    output = ended(process)
    assert process.returncode == 130, output
    assert "the same command goes on" in output
    assert workers(bare) == []
    statuses = {run.status for run in list_runs(bare.runs)}
    assert statuses <= {"finished", "interrupted", "new"}

    kill(bare, begin(bare, generator), "study")

    process = begin(bare, generator)
    victims = workers(bare)[:1]
    kill(bare, process, "worker")
    if victims and process.returncode:
        assert process.returncode == 1

    bare.run(bare.write().read_text(), *LONG, jobs=2)
    assert bare.table() == undisturbed
    assert all(run.status == "finished" for run in list_runs(bare.runs))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_five_random_moments_it_ends_with_the_same_table(bare, undisturbed, seed):
    generator = random.Random(seed)
    for _ in range(5):
        kill(bare, begin(bare, generator), generator.choice(["study", "worker"]))
    assert ended(begin(bare, generator))
    assert bare.table() == undisturbed
    assert all(RunDirectory(run.path).status == "finished" for run in list_runs(bare.runs))
