"""`ganforge resume`: a run goes on, and trains longer."""

from __future__ import annotations

import signal

import pytest

from ganforge.training.step import Stepper
from small_run import CLASSIFIER, variant, write_images


@pytest.fixture(autouse=True)
def _recipe(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path, "street", 40, 3)
    (tmp_path / "small.toml").write_text(variant(CLASSIFIER, {}))
    for name in ("data", "cache"):
        monkeypatch.setenv(f"GANFORGE_{name.upper()}", str(tmp_path))


@pytest.mark.promise("An interrupted run tells which step it has saved.", about="wrong")
def test_an_interruption_says_what_is_saved(ganforge, monkeypatch):
    perform = Stepper.step

    def watched(stepper, number, watch=False):
        perform(stepper, number, watch)
        if number == 6:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Stepper, "step", watched)
    steps = ("--set", "train.steps=9", "--set", "train.validate_every=4")
    stopped = ganforge("run", "small.toml", "--out", "my runs/first", *steps)
    assert stopped.code == 130
    assert "validation at step 4" in stopped.out
    assert stopped.err == "error: stopped by SIGINT; saved at step 7 of 9\n  fix: ganforge resume 'my runs/first'\n"


def test_a_finished_run_trains_longer(ganforge):
    assert ganforge("run", "small.toml", "--out", "run").code == 0
    assert "--steps N trains it longer" in ganforge("resume", "run").out
    longer = ganforge("resume", "run", "small.toml", "--steps", 5)
    assert (longer.code, longer.err) == (0, "")
    assert "note: training goes on to step 5 instead of 3" in longer.out
    assert "validation at step 5" in longer.out
    other = ganforge("resume", "run", "small.toml", "--set", "losses.classification.weight=2", "--steps", 7)
    assert other.code == 1
    assert "losses.classification.weight: 1.0 -> 2.0" in other.err
    both = ganforge("resume", "run", "--steps", 7, "--set", "train.steps=8")
    assert "give one of them" in both.err
    fewer = ganforge("resume", "run", "--steps", 4)
    assert (fewer.code, fewer.err.splitlines()[0]) == (
        1,
        "error: run trains for 5 steps, and cannot train for fewer: 4",
    )
