"""`ganforge evaluate --metrics`: names by commas or one by one, in their order, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ganforge.cli.app import app
from ganforge.engine import remeasure
from ganforge.meaning import Meanings
from ganforge.runs import directory


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ([], []),
        (["--metrics", "frechet-distance"], ["frechet-distance"]),
        (["--metrics", "frechet-distance, dtn/constancy,"], ["frechet-distance", "dtn/constancy"]),
        (["--metrics", "b,a", "--metrics", "c,a"], ["b", "a", "c"]),
    ],
)
def test_names_of_metrics(typed: list[str], wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def measure(run: Any, place: Any, mode: Any, metrics: Any) -> Any:
        asked.append(metrics)
        return remeasure.Remeasured({"test": {"images": 3, "a": 0.5}}, Meanings())

    monkeypatch.setattr(directory, "find_run", lambda run, runs: run)
    monkeypatch.setattr(remeasure, "remeasure", measure)
    result = CliRunner().invoke(app, ["evaluate", "some-run", "--cache", str(tmp_path), "--device", "cpu", *typed])
    assert result.exit_code == 0, result.output
    assert asked == [wanted]
    assert "test (3 images)" in result.output
