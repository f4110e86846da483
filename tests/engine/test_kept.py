"""The files that a run keeps: used as they were written, or not at all."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ganforge.engine.remeasure import remeasure
from ganforge.errors import GanforgeError, RunError
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.trained import Trained
from ganforge.networks.weights import load_weights
from ganforge.plugins.registry import Registry
from ganforge.report.page import render
from ganforge.runs.directory import RunDirectory
from ganforge.study.comparison import compare

CPU = torch.device("cpu")
READ = {
    "load": ("weights/generator.safetensors", "weights/encoder.safetensors"),
    "report": ("metrics.json", "journal.jsonl", "readings.safetensors", "run.json"),
}


def test_a_report_without_the_metrics_is_not_written(copy: RunDirectory) -> None:
    copy.metrics.unlink()
    with pytest.raises(RunError, match=r"metrics\.json is missing") as caught:
        render(copy, copy.path)
    assert "ganforge resume" in caught.value.fix


def flip(path: Path, at: float) -> None:
    """Flip the lowest bit of a byte."""
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 1
    path.write_bytes(content)


@pytest.mark.promise("A changed bit in what a run keeps is refused, and the file named.", about="wrong")
@pytest.mark.parametrize("at", [0.02, 0.5, 0.97])
@pytest.mark.parametrize(("use", "name"), [(use, name) for use, names in READ.items() for name in names])
def test_a_flipped_bit_is_refused_and_the_file_named(
    workshop: Any, copy: RunDirectory, use: str, name: str, at: float
) -> None:
    uses: dict[str, Any] = {
        "load": lambda: [
            lambda: Trained(copy, workshop.place.registry, CPU),
            lambda: remeasure(copy, workshop.place),
        ],
        "report": lambda: [lambda: render(copy, copy.path), lambda: compare([copy, copy], Registry())],
    }
    for using in uses[use]():
        using()
    flip(copy.path / name, at)
    for using in uses[use]():
        with pytest.raises(GanforgeError) as caught:
            using()
        assert Path(name).name in caught.value.message
        assert "damaged" in caught.value.message


def test_a_damaged_encoder_is_not_built_on(workshop: Any, tmp_path: Path) -> None:
    first = workshop.run(workshop.recipe(), tmp_path / "first")
    encoder = workshop.place.runs / first.read_record()["children"]["networks.encoder"]
    path = encoder / "weights" / "classifier.safetensors"
    content = path.read_bytes()
    flip(path, 0.9)
    try:
        second = workshop.run(workshop.recipe("recipe.seed=6"), tmp_path / "second")
        ours = (second.weights / "encoder.safetensors").read_bytes()
    except RunError:
        ours = content
    finally:
        path.write_bytes(content)
    assert ours == content


@pytest.mark.promise("Weights that are not finite are refused.", about="wrong")
def test_weights_that_are_not_finite_are_refused(workshop: Any, copy: RunDirectory, tmp_path: Path) -> None:
    tensors = load_file(copy.weights / "encoder.safetensors")
    name = next(name for name, tensor in tensors.items() if tensor.is_floating_point())
    tensors[name].flatten()[0] = math.nan
    save_file(tensors, tmp_path / "encoder.safetensors")
    given = 'weights = { file = "encoder.safetensors" }'
    recipe = workshop.changed(('weights = { recipe = "encoder.toml" }', given))
    path = workshop.root / "encoder.safetensors"
    shutil.copyfile(tmp_path / "encoder.safetensors", path)
    try:
        with pytest.raises(RunError, match=f"not finite: {name}") as caught:
            workshop.run(recipe, tmp_path / "new")
    finally:
        path.unlink()
    assert caught.value.where == recipe.document.where(("networks", "encoder"))


def test_a_buffer_that_is_infinite_by_design_is_loaded() -> None:
    network = torch.nn.Linear(2, 2)
    network.register_buffer("mask", torch.tensor([0.0, -math.inf]))
    load_weights(network, {**network.state_dict()}, "a file", {})


@pytest.mark.promise("A metric of values that are not finite is NaN, with a note.", about="wrong")
def test_metrics_of_values_that_are_not_finite_are_nan_and_said(workshop: Any) -> None:
    """An argmax of NaN is class 0, for f(x) as for f(g(x)): they would agree on each image."""
    stepper = workshop.stepper(workshop.recipe())
    data = {role: batches.set for role, batches in stepper.batches.items()}
    evaluator = Evaluator(stepper.plan, data, {}, stepper.settings)
    networks = stepper.parts.evaluated()
    whole = evaluator.measure(networks, workshop.images("test", 10, 3))
    assert all(map(math.isfinite, whole.values()))
    with torch.no_grad():
        next(networks["generator"].parameters()).fill_(math.nan)
    said: list[str] = []
    values = evaluator.measure(
        networks,
        workshop.images("test", 10, 3),
        on_failure=lambda name, inputs, error: said.append(f"{name} {inputs} {error}"),
    )
    assert values.keys() == whole.keys()
    assert {name for name, value in values.items() if math.isnan(value)} == {"encoder-agreement (circular)"}
    assert len(said) == 1
    assert said[0].startswith("encoder-agreement test ")
    assert "not finite" in said[0]
