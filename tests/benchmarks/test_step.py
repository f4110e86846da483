"""The benchmark compares like with like, and prints and writes what it says."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).parents[2] / "benchmarks" / "step.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("benchmark_step", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_loops_compute_the_same_losses(benchmark):
    # In double precision: in single, Adam turns rounding of tiny gradients into full steps.
    stepper = benchmark.our_stepper(4, torch.device("cpu"), ["train.precision=fp64"])
    theirs = benchmark.their_loop(stepper, 4)
    for network in (theirs.f, theirs.g, theirs.d):
        network.double()
    for number in range(3):
        theirs.s, theirs.t = (stepper.batches[role].images(number) for role in ("source", "target"))
        d_loss, g_loss = theirs.step()
        stepper.step(number)
        ours = stepper.take_means()
        found = sum(ours[f"adversarial.d_{name}"] for name in ("source", "target", "real"))
        assert found == pytest.approx(d_loss, rel=1e-5)
        adversarial = ours["adversarial.g_source"] + ours["adversarial.g_target"]
        assert adversarial + 15 * (ours["constancy"] + ours["identity"]) == pytest.approx(g_loss, rel=1e-5)


def test_the_figures_are_printed_and_written(benchmark, tmp_path, monkeypatch, capsys):
    output = tmp_path / "step.json"
    arguments = ["--threads", "1", "--batch", "2", "--steps", "1", "--repeats", "2", "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["step.py", *arguments, "--set", "train.precision=fp32"])
    benchmark.main()
    figures = json.loads(output.read_text())
    assert output.read_text() in capsys.readouterr().out
    assert figures["precision"] == "fp32"
    assert figures["machine"]["threads"] == 1
    for name in ("theirs", "ours"):
        times, rates = figures[name]["ms_per_step"], figures[name]["pairs_per_second"]
        assert times["best"] <= times["median"] <= times["worst"]
        assert rates["best"] == pytest.approx(2e3 / times["best"], rel=1e-2, abs=0.06)  # one decimal is written
    assert figures["ratio"]["median"] == pytest.approx(
        figures["theirs"]["ms_per_step"]["median"] / figures["ours"]["ms_per_step"]["median"], rel=1e-2
    )
