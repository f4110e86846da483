"""A finished run, measured again by other metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganforge.engine.remeasure import remeasure
from ganforge.errors import RecipeError
from ganforge.measuring.trained import Trained
from ganforge.runs import strict_json

ALL = [
    *("frechet-distance", "kernel-distance", "basics/precision-recall", "density-coverage", "class-diversity"),
    *("nearest-neighbour", "dtn/constancy"),
]
PARTS = {
    "frechet-distance/pooled": (0, np.inf),
    "kernel-distance/pooled": (-np.inf, np.inf),
    "precision-recall/precision/pooled": (0, 1),
    "precision-recall/recall/pooled": (0, 1),
    "density-coverage/density/pooled": (0, np.inf),
    "density-coverage/coverage/pooled": (0, 1),
    "class-diversity/smallest/pooled": (0, np.inf),
    "class-diversity/classes/pooled": (0, 1),
    "nearest-neighbour/accuracy": (0, 1),
    "constancy/soft-labels (circular)": (0, np.inf),
    "constancy/cosine (circular)": (0, 2),
}
HELD_OUT = '[data.test-target]\nuse = "basics/npz"\npath = "writing.npz"\nlimit = 20\n[networks.encoder]'


@pytest.fixture
def finished(workshop: Any, tmp_path: Any) -> Any:
    recipe = workshop.changed(("[networks.encoder]", HELD_OUT))
    return workshop.run(recipe, tmp_path / "transfer")


def test_every_metric_is_measured_and_the_run_stays_as_it_was(workshop: Any, finished: Any) -> None:
    before = finished.metrics.read_bytes()
    results = remeasure(finished, workshop.place, metrics=ALL).sets
    assert list(results) == ["validation", "test"]
    for values in results.values():
        assert set(values) == {"images", *PARTS}
        assert all(least <= values[name] <= most for name, (least, most) in PARTS.items())
    assert finished.metrics.read_bytes() == before
    assert remeasure(finished, workshop.place, metrics=ALL).sets == results


def test_the_run_s_own_metrics_are_what_it_recorded(workshop: Any, finished: Any) -> None:
    recorded: Any = strict_json.loads(finished.metrics.read_bytes())
    assert remeasure(finished, workshop.place).sets == recorded["sets"]
    again = remeasure(finished, workshop.place, metrics=["transfer-accuracy"]).sets["test"]
    assert again == {name: recorded["sets"]["test"][name] for name in ("images", "transfer-accuracy/pooled")}


def test_held_out_images_are_what_outputs_are_compared_with(workshop: Any, finished: Any) -> None:
    """Twenty images, held out, against the fifty to train on: a textbook's 1-NN finds which were asked."""
    trained = Trained(finished, workshop.place.registry, workshop.place.device)
    with np.load(workshop.root / "test.npz") as file:
        outputs, labels = trained(file["images"]).reshape(30, -1).astype(int), file["labels"]
    with np.load(workshop.root / "writing.npz") as file:
        targets, truth = file["images"].reshape(50, -1).astype(int), file["labels"]
    answers = [labels[int(((outputs - target) ** 2).sum(1).argmin())] for target in targets]
    found = remeasure(finished, workshop.place, metrics=["nearest-neighbour"]).sets["test"][
        "nearest-neighbour/accuracy"
    ]
    assert found == np.mean(answers[:20] == truth[:20])


def test_what_cannot_be_measured_is_told(workshop: Any, tmp_path: Any) -> None:
    recipe = workshop.changed(('[judges.pooled]\nrecipe = "judge.toml"\n', ""))
    run = workshop.run(recipe, tmp_path / "alone")
    results = remeasure(run, workshop.place, metrics=["frechet-distance", "encoder-agreement"]).sets
    assert set(results["test"]) == {"images", "encoder-agreement (circular)"}
    assert "frechet-distance is not measured on test: there are no judges" in workshop.notes.notes


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("frechet-distances", "did you mean 'basics/frechet-distance'"),
        ("mse", "'basics/mse' is of the kind distance"),
        ("accuracy", "asks for 'logits': the method has no quantity 'logits'"),
    ],
)
def test_a_metric_that_does_not_fit_is_named(workshop: Any, finished: Any, name: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        remeasure(finished, workshop.place, metrics=[name])
    assert [problem.where for problem in caught.value.problems] == [f"--metrics {name}"]


def test_a_classifier_draws_nothing_to_compare(workshop: Any, tmp_path: Any) -> None:
    run = workshop.run(workshop.recipe(name="judge"), tmp_path / "judge")
    with pytest.raises(RecipeError, match="'basics/frechet-distance' asks for 'targets'"):
        remeasure(run, workshop.place, metrics=["frechet-distance"])


def test_another_metric_than_that_which_selected_may_be_measured(workshop: Any, tmp_path: Any) -> None:
    selected = ("steps = 8", 'steps = 8\nselect = "frechet-distance"')
    metric = ("[train]", '[metrics.frechet-distance]\nuse = "basics/frechet-distance"\n[train]')
    run = workshop.run(workshop.changed(selected, metric), tmp_path / "selected")
    results = remeasure(run, workshop.place, metrics=["dtn/code-constancy"]).sets
    assert set(results["test"]) == {"images", "code-constancy (circular)"}
