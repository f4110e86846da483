"""Event files of runs as TensorBoard itself reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomlkit
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

import ganforge
from ganforge.plugins.registry import Registry
from ganforge.watching.listener import Progress
from ganforge.watching.trackers import trackers
from ganforge_tensorboard.events import flat, grouped

RECIPE = {
    "recipe": {"name": "x", "seed": 3},
    "train": {"steps": 40, "deterministic": True, "lr": 0.5},
    "data": {"source": {"augment": ["noise"], "limit": None}},
}


@pytest.fixture
def tracker() -> Any:
    (found,) = trackers(Registry(), ["tensorboard"])
    return found


def read(run: Path) -> EventAccumulator:
    """Return all events of a run; by default the accumulator keeps only a sample."""
    found = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    return found.Reload()


def scalars(events: EventAccumulator, tag: str) -> dict[int, float]:
    return {event.step: event.value for event in events.Scalars(tag)}


def hyper_parameters(events: EventAccumulator) -> dict[str, Any]:
    """Return the hyper-parameters that the HPARAMS page reads from the start of a session."""
    content = events.PluginTagToContent(metadata.PLUGIN_NAME)[metadata.SESSION_START_INFO_TAG]
    found = metadata.parse_session_start_info_plugin_data(content).hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in found.items()}


def session(tracker: Any, run: Path, steps: range, begins: int = 0, status: str = "finished") -> None:
    """Track a run of one loss and one metric; the loss of each step is the step."""
    tracker.started(run, RECIPE)
    tracker.began(begins)
    for step in steps:
        tracker.progress(Progress(step, 40, 64.0, {"identity": float(step)}))
    tracker.measured(steps[-1], "validation", {"accuracy": 0.5})
    tracker.finished(run, status)


def test_names_are_grouped():
    assert grouped("adversarial.d_real") == "loss/adversarial.d_real"
    assert grouped("images_per_second") == "speed/images_per_second"
    assert grouped("test/transfer-accuracy/pooled") == "metric/test/transfer-accuracy/pooled"


def test_a_recipe_becomes_dotted_keys():
    assert dict(flat(RECIPE)) == {
        "recipe.name": "x",
        "recipe.seed": 3,
        "train.steps": 40,
        "train.deterministic": True,
        "train.lr": 0.5,
        "data.source.augment": '["noise"]',
    }


def test_scalars_and_hyper_parameters_of_a_run(tracker, tmp_path):
    session(tracker, tmp_path, range(10, 41, 10))
    events = read(tmp_path)
    assert events.Tags()["scalars"] == ["loss/identity", "speed/images_per_second", "metric/validation/accuracy"]
    assert scalars(events, "loss/identity") == {10: 10.0, 20: 20.0, 30: 30.0, 40: 40.0}
    assert scalars(events, "metric/validation/accuracy") == {40: 0.5}
    assert hyper_parameters(events) == dict(flat(RECIPE))


def test_a_sample_grid_is_the_picture(tracker, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    tracker.started(tmp_path, RECIPE)
    tracker.began(0)
    tracker.sampled(5, picture, Path("x.png"))
    tracker.finished(tmp_path, "finished")
    (image,) = read(tmp_path).Images("samples")
    (tmp_path / "found.png").write_bytes(image.encoded_image_string)
    assert image.step == 5
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "found.png")), picture)


def test_a_run_that_goes_on_replaces_what_came_after_its_checkpoint(tracker, tmp_path):
    session(tracker, tmp_path, range(10, 35), status="interrupted")
    # Repeated steps have other values here, to distinguish old from new.
    tracker.started(tmp_path, RECIPE)
    tracker.began(20)
    for step in range(21, 41):
        tracker.progress(Progress(step, 40, 64.0, {"identity": 100.0 + step}))
    tracker.finished(tmp_path, "finished")
    expected = {step: float(step) for step in range(10, 21)} | {step: 100.0 + step for step in range(21, 41)}
    events = read(tmp_path)
    assert scalars(events, "loss/identity") == expected
    assert len(events.Scalars("loss/identity")) == len(expected)
    assert "metric/validation/accuracy" not in [tag for tag in events.Tags()["scalars"] if events.Scalars(tag)]


def test_a_run_that_did_not_end_well_has_no_hyper_parameters(tracker, tmp_path):
    session(tracker, tmp_path, range(1, 3), status="failed")
    assert metadata.PLUGIN_NAME not in read(tmp_path).summary_metadata


def test_runs_one_after_another_are_kept_apart(tracker, tmp_path):
    session(tracker, tmp_path / "encoder", range(1, 3))
    session(tracker, tmp_path / "transfer", range(3, 5))
    assert scalars(read(tmp_path / "encoder"), "loss/identity") == {1: 1.0, 2: 2.0}
    assert scalars(read(tmp_path / "transfer"), "loss/identity") == {3: 3.0, 4: 4.0}


def test_a_run_that_fails_before_it_trains_leaves_nothing(tracker, tmp_path):
    tracker.started(tmp_path, RECIPE)
    tracker.finished(tmp_path, "failed")
    assert list(tmp_path.iterdir()) == []


def test_what_is_told_of_no_run_is_not_written(tracker, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracker.progress(Progress(1, 2, 3.0, {"identity": 1.0}))
    tracker.finished(tmp_path, "finished")
    assert list(tmp_path.iterdir()) == []


CLASSIFIER = {
    "recipe": {"name": "digits"},
    "data": {"images": {"use": "digits/synthetic-handwriting", "count": 40, "validation": 10, "resize": 32}},
    "networks": {"classifier": {"use": "digits/pooled-cnn", "width": 4}},
    "method": {"use": "basics/classifier"},
    "losses": {"classification": {"use": "basics/classification"}},
    "train": {"steps": 6, "batch_size": 8, "log_every": 2, "validate_every": 3},
}


def test_a_whole_run_and_nothing_unless_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("GANFORGE_TRACKERS", raising=False)
    (tmp_path / "digits.toml").write_text(tomlkit.dumps(CLASSIFIER))
    places = {"runs": tmp_path / "runs", "cache": tmp_path / "cache"}
    silent = ganforge.run(tmp_path / "digits.toml", **places)
    run = ganforge.run(tmp_path / "digits.toml", **places, trackers=["tensorboard"])
    assert not (silent / "tensorboard").exists()
    assert (silent / "weights" / "classifier.safetensors").read_bytes() == (
        run / "weights" / "classifier.safetensors"
    ).read_bytes()
    events = read(run)
    assert sorted(scalars(events, "loss/classification")) == [2, 4, 6]
    assert sorted(scalars(events, "metric/validation/accuracy")) == [3, 6]
    assert hyper_parameters(events)["networks.classifier.width"] == 4
