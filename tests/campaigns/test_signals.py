"""50 SIGTERM and 50 SIGINT at random instants of every stage: each says how to go on, and that leads to the same bits.

Some more come while Python still imports the program: these end it without a traceback, too.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lives import PATIENCE, STAGES, Campaign, Life, Lives, write_recipes

EACH = 50
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.promise(
    "A run that is stopped at any instant says how to go on, and ends with the same bits.", about="runs"
)
@pytest.mark.campaign
def test_signals(tmp_path: Path, record_figures: Callable[..., None]) -> None:
    campaign = Campaign(tmp_path, EACH * len(SIGNALS))
    sent = {number: 0 for number in SIGNALS}
    late = 0

    def strike(run: Lives, life: Life, draw: random.Random) -> Life | None:
        nonlocal late
        if not (life.wait_until(lambda: life.takes_signals) and campaign.aim(run, life, draw)):
            return None
        number = min(SIGNALS, key=sent.__getitem__)
        resumable = (run.directory / "recipe.toml").exists()
        sent[number] += 1
        life.send(number)
        code = life.exit_code()
        if code == 0:  # it came after the last work was done
            sent[number] -= 1
            late += 1
            return None
        assert code == 128 + number, (code, life.said)
        errors = [line for line in life.said.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, life.said
        assert number.name in errors[0] or "interrupted while the plugin" in errors[0], life.said
        named = f"ganforge resume {run.directory}" in life.said
        # Before the run is opened, the command itself is what to repeat; once it has its page, nothing is left to do.
        done = (run.directory / "report.html").exists()
        assert named or done or not resumable or life.stages == ["start"], life.said
        return run.begin(*(("resume", run.directory) if named else ()))

    campaign.carry_out(strike)
    figures = {number.name: count for number, count in sent.items()}
    record_figures(**figures, runs=campaign.ended, too_late=late, stages=campaign.strikes)
    assert all(count >= EACH for count in sent.values())
    assert set(campaign.strikes) == set(STAGES)


@pytest.mark.campaign
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_signals_while_the_program_is_imported(tmp_path: Path, number: signal.Signals) -> None:
    write_recipes(tmp_path)
    command = [
        sys.executable,
        "-m",
        "ganforge",
        "run",
        "transfer.toml",
        "--data",
        ".",
        "--device",
        "cpu",
        "--cache",
        "cache",
    ]

    def begin() -> tuple[subprocess.Popen[str], float]:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        status = Path(f"/proc/{process.pid}/status")
        began = time.monotonic()
        while not int(status.read_text().partition("SigCgt:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
            assert time.monotonic() - began < PATIENCE
            time.sleep(0.001)
        return process, time.monotonic()

    process, began = begin()
    assert process.stdout is not None
    process.stdout.readline()
    whole = time.monotonic() - began
    process.kill()
    process.communicate()
    draw = random.Random(0)
    for _ in range(10):
        process, _ = begin()
        time.sleep(draw.uniform(0, whole))
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE)
        # A Ctrl-C in code that an import executes from a string has Python end by SIGINT: 130 in a shell, too.
        assert process.returncode in ({130, -number} if number == signal.SIGINT else {143}), errors
        assert errors.count("error: ") == 1, errors
        assert "Traceback" not in errors
