"""Killed or stopped at any moment, a study goes on when it is called again, and ends with the same table."""

import multiprocessing
import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from ganforge.api import run_study
from ganforge.runs.directory import list_runs
from ganforge.runs.lock import running
from ganforge.study.processes import StudyListener

LONG = ("study.seeds=[0]", "train.steps=50", "train.checkpoint_every=5", "train.validate_every=15")
PATIENCE = 120


@pytest.fixture(scope="module")
def undisturbed(built, tmp_path_factory):
    bench = type(built)(built.root, built.cache, tmp_path_factory.mktemp("undisturbed"))
    bench.run(bench.write().read_text(), *LONG, jobs=2)
    return bench.table()


def workers(bench):
    """Return the processes that write runs now."""
    return [owner.pid for run in list_runs(bench.runs) if (owner := running(run.path))]


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def begin(bench, generator):
    """Begin a study and wait until its runs have made some steps."""
    options = [part for text in LONG for part in ("--set", text)]
    process = bench.begin(bench.write(), "--jobs", "2", *options)
    wait_until(lambda: workers(bench) or process.poll() is not None)
    time.sleep(generator.uniform(0, 2))
    return process


def begin_forked(bench, generator):
    """Begin it in a process that has imported everything already, which saves most of the time."""
    options = {"jobs": 2, "threads": 1, "data": bench.root, "runs": bench.runs, "cache": bench.cache, "device": "cpu"}
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=run_study, args=(bench.write(), LONG), kwargs=options)
    process.start()
    wait_until(lambda: workers(bench) or not process.is_alive())
    time.sleep(generator.uniform(0, 2))
    return process


def ended(process):
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return output


class Killer(StudyListener):
    """Kills a worker after a while."""

    def __init__(self, bench, delay):
        self.bench = bench
        self.at = time.monotonic() + delay
        self.killed = None
        self.reasons = {}

    def tick(self):
        if self.killed is None and time.monotonic() > self.at:
            self.killed = next(iter(workers(self.bench)), None)
            if self.killed is not None:
                os.kill(self.killed, signal.SIGKILL)

    def ended(self, job, reason):
        self.reasons[job.name] = reason


@pytest.mark.promise("A study that is stopped or killed ends with the same table.", about="runs")
def test_stopped_and_killed_it_ends_with_the_same_table(bare, undisturbed):
    generator = random.Random()
    # Ctrl-C on a terminal goes to the whole foreground process group.
    process = begin(bare, generator)
    os.killpg(process.pid, signal.SIGINT)
    output = ended(process)
    assert process.returncode == 130, output
    assert "the same command continues" in output
    assert workers(bare) == []
    assert {run.status for run in list_runs(bare.runs)} <= {"finished", "interrupted", "new"}

    begin_forked(bare, generator).kill()
    wait_until(lambda: not workers(bare))

    text = bare.write().read_text()
    killer = Killer(bare, generator.uniform(0, 1))
    results = bare.run(text, *LONG, jobs=2, watcher=killer)
    failures = [reason for reason in killer.reasons.values() if reason is not None]
    if killer.killed is not None and failures:
        assert "killed by SIGKILL" in failures
        assert results.failed()

    bare.run(text, *LONG, jobs=2)
    assert bare.table() == undisturbed
    assert all(run.status == "finished" for run in list_runs(bare.runs))


@pytest.mark.slow
def test_killed_at_five_random_moments_it_ends_with_the_same_table(bare, undisturbed):
    generator = random.Random()
    for _ in range(5):
        process = begin(bare, generator)
        victims = [process.pid, *workers(bare)]
        with suppress(ProcessLookupError):
            os.kill(generator.choice(victims), signal.SIGKILL)
        ended(process)
        wait_until(lambda: not workers(bare))
    process = begin(bare, generator)
    output = ended(process)
    assert process.returncode == 0, output
    assert bare.table() == undisturbed
    assert all(run.status == "finished" for run in list_runs(bare.runs))
