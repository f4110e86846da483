"""What a run keeps for its report agrees with what it measured, and a report comes with every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.engine import run as engine_run
from ganforge.measuring import readings as engine
from ganforge.measuring.trained import Trained
from ganforge.report.page import write_report
from ganforge.report.readings import Readings, load_readings
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory

TESTED = 30


@pytest.fixture
def finished(workshop: Any, tmp_path: Path) -> RunDirectory:
    run: RunDirectory = workshop.run(workshop.recipe(), tmp_path / "run")
    return run


def metrics(run: RunDirectory) -> Any:
    return strict_json.loads(run.metrics.read_bytes())


def right(readings: Readings, name: str) -> float:
    """The share of images that a reader reads as labelled."""
    (reader,) = [one for one in readings.readers if name in (one.name, one.scores)]
    return float((reader.classes == readings.labels).mean())


def test_readings_agree_with_the_metrics(finished: RunDirectory) -> None:
    (readings,) = load_readings(finished.readings)
    measured = metrics(finished)["sets"]["test"]
    assert (readings.name, readings.images) == ("test", TESTED)
    assert right(readings, "pooled") == pytest.approx(measured["transfer-accuracy/pooled"])
    assert right(readings, "source_logits") == pytest.approx(measured["encoder-accuracy"])
    assert [reader.name for reader in readings.judges] == ["pooled"]
    assert {reader.name for reader in readings.readers if not reader.judge} == {"encoder"}


def test_pairs_are_what_the_run_makes_of_its_images(workshop: Any, finished: RunDirectory) -> None:
    (readings,) = load_readings(finished.readings)
    pairs = readings.pairs
    assert pairs is not None
    images = np.load(workshop.root / "test.npz")["images"]
    np.testing.assert_array_equal(pairs.inputs, images[pairs.indices])
    again = Trained(finished, workshop.place.registry, workshop.place.device)(pairs.inputs)
    assert np.abs(pairs.outputs.astype(int) - again).max() <= 1
    assert pairs.sample == len(pairs.indices) == TESTED


def test_of_many_images_a_sample_is_kept_and_failures_besides(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SAMPLE", 6)
    monkeypatch.setattr(engine, "FAILURES", 4)
    (readings,) = load_readings(workshop.run(workshop.recipe(), tmp_path / "run").readings)
    pairs = readings.pairs
    assert pairs is not None
    assert pairs.sample == 6
    np.testing.assert_array_equal(pairs.indices[:6], np.linspace(0, TESTED - 1, 6).astype(int))
    assert len(set(pairs.indices)) == len(pairs.indices) == 10
    assert readings.misread()[pairs.indices[6:]].all()


def test_pictures_keep_within_their_bytes(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LARGEST", 10_000)
    (readings,) = load_readings(workshop.run(workshop.recipe(), tmp_path / "run").readings)
    assert readings.pairs is not None
    assert 0 < readings.pairs.inputs.nbytes + readings.pairs.outputs.nbytes <= 10_000


def test_a_classifier_keeps_readings_and_no_pictures(workshop: Any, tmp_path: Path) -> None:
    run = workshop.run(workshop.recipe(name="judge"), tmp_path / "run")
    (readings,) = load_readings(run.readings)
    assert readings.name == "validation"
    assert readings.pairs is None
    assert right(readings, "classifier") == pytest.approx(metrics(run)["sets"]["validation"]["accuracy"])


def test_every_run_writes_its_report(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "write_report", write_report)
    page = workshop.run(workshop.recipe(), tmp_path / "run").report.read_text(encoding="utf-8")
    assert 'id="pairs"' in page
    assert "not finished" not in page


def test_a_run_without_its_report_is_finished_nevertheless(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: RunDirectory) -> Path:
        raise ValueError("no")

    monkeypatch.setattr(engine_run, "write_report", fail)
    run = workshop.run(workshop.recipe(), tmp_path / "run")
    assert run.status == "finished"
    assert any("the report is not written: ValueError: no" in note for note in workshop.notes.notes)
