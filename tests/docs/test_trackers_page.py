"""The tracker of trackers.md, taken from the page, installed and used beside another one.

MLflow is what it talks to where that is installed; else a stand-in, which takes just the calls that MLflow documents.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ganforge

INSTALLED = importlib.util.find_spec("mlflow") is not None


class StandIn(ModuleType):
    """As much of MLflow as the page uses: runs that can be started, gone on with, told things and ended."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.runs: dict[str, dict[str, Any]] = {}
        self.active: str | None = None
        self.experiment = ""

    def set_experiment(self, experiment_name: str) -> None:
        self.experiment = experiment_name

    def start_run(self, run_id: str | None = None, *, run_name: str | None = None) -> Any:
        assert self.active is None, "a run is active already"
        assert run_id is None or run_id in self.runs, "there is no such run"
        self.active = run_id or f"{len(self.runs):032x}"
        new = {"name": run_name, "params": {}, "metrics": {}, "images": [], "experiment": self.experiment}
        run = self.runs.setdefault(self.active, new)
        run["status"] = "RUNNING"
        return SimpleNamespace(info=SimpleNamespace(run_id=self.active))

    def log_params(self, params: dict[str, Any]) -> None:
        known = self.runs[self.active or ""]["params"]
        texts = {key: str(value) for key, value in params.items()}
        assert all(known.get(key, text) == text for key, text in texts.items()), "a parameter cannot be changed"
        assert all(len(text) <= 6000 for text in texts.values()), "the value of a parameter is too long"
        known |= texts

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        for key, value in metrics.items():
            self.runs[self.active or ""]["metrics"].setdefault(key, {})[step] = float(value)

    def log_image(self, image: np.ndarray, *, key: str, step: int) -> None:
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
        self.runs[self.active or ""]["images"].append((key, step))

    def end_run(self, status: str = "FINISHED") -> None:
        assert status in ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
        self.runs[self.active or ""]["status"] = status
        self.active = None


def recorded() -> dict[str, dict[str, Any]]:
    """Return the data that MLflow, or its stand-in, has of each run, by the run's name."""
    import mlflow

    if isinstance(mlflow, StandIn):
        return {run["name"]: run for run in mlflow.runs.values()}
    client = mlflow.MlflowClient()
    found = {}
    for run in mlflow.search_runs(experiment_names=["ganforge"], output_format="list"):
        metrics = {
            key: {one.step: one.value for one in client.get_metric_history(run.info.run_id, key)}
            for key in run.data.metrics
        }
        images = [Path(one.path).name.partition("+step+") for one in client.list_artifacts(run.info.run_id, "images")]
        found[run.info.run_name] = {
            "params": run.data.params,
            "metrics": metrics,
            "status": run.info.status,
            "images": sorted({(name, int(rest.partition("+")[0])) for name, _, rest in images}),
        }
    return found


@pytest.fixture
def installed(
    blocks_of: Callable[[str], Any],
    install: Callable[[Path], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[None]:
    """Install the page's package; MLflow writes to a file of this test's own."""
    folder = tmp_path / "ganforge-mlflow"
    for block in blocks_of("trackers.md"):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    if not INSTALLED:
        monkeypatch.setitem(sys.modules, "mlflow", StandIn())
    with install(folder):
        yield


def test_it_records_runs_beside_tensorboard_and_changes_nothing(installed: None, tiny: Path, tmp_path: Path) -> None:
    run = ganforge.run(
        tiny / "recipes" / "quickstart.toml",
        runs=tmp_path / "runs",
        cache=tiny / "cache",
        trackers=["mlflow", "tensorboard"],
    )
    found = recorded()
    assert len(found) == 4, "the transfer, its encoder and two judges"
    transfer = found["quickstart"]
    assert transfer["status"] == "FINISHED"
    assert transfer["params"]["train.steps"] == "2"
    assert set(transfer["metrics"]["identity"]) == {2}
    assert "test/transfer-accuracy/residual" in transfer["metrics"]
    assert transfer["images"] == [("samples", 2)]
    assert list((run / "tensorboard").iterdir())
    unwatched = tiny / "runs" / "quickstart"
    for weights in (run / "weights").iterdir():
        assert weights.read_bytes() == (unwatched / "weights" / weights.name).read_bytes()


def test_it_goes_on_with_a_run(installed: None, tmp_path: Path) -> None:
    from ganforge.plugins.registry import Registry
    from ganforge.watching.trackers import trackers

    (tracker,) = trackers(Registry(), ["mlflow"])
    for step, status in ((1, "interrupted"), (2, "finished")):
        tracker.started(tmp_path, {"train": {"steps": 2}})
        tracker.measured(step, "validation", {"accuracy": 0.5})
        tracker.finished(tmp_path, status)
        (run,) = recorded().values()
        assert run["status"] == {"interrupted": "KILLED", "finished": "FINISHED"}[status]
    assert set(run["metrics"]["validation/accuracy"]) == {1, 2}
