"""Statistics of the training images that outputs are computed from: a run keeps them, and its readers use them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganforge.engine.remeasure import remeasure
from ganforge.errors import RunError
from ganforge.measuring.trained import Trained
from ganforge.networks.weights import read_statistics
from ganforge.runs import strict_json

METRIC = ("dtn/dtn", 'dtn/standardized"\n[metrics.codes]\nuse = "dtn/code-constancy')


@pytest.fixture
def finished(workshop: Any, tmp_path: Any) -> Any:
    return workshop.run(workshop.changed(METRIC), tmp_path / "transfer")


def codes(trained: Trained, images: Any, channels: int) -> torch.Tensor:
    """Return f's codes of uint8 images [N, H, W, C], as the recipe normalises them."""
    unit = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return trained.networks["encoder"]((unit * 2 - 1).expand(-1, channels, -1, -1))


def domain(trained: Trained, images: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean of f's codes of images and their spread, with the least that the method allows."""
    found = codes(trained, images, 3).double()
    spread = (found - found.mean(0)).square().sum(0).div(len(found) - 1).sqrt()
    return found.mean(0), spread.clamp_min(0.05 * spread.mean())


@torch.no_grad()
def test_a_run_keeps_those_of_its_training_images(workshop: Any, finished: Any) -> None:
    trained = Trained(finished, workshop.place.registry, workshop.place.device)
    kept = read_statistics(finished)
    assert set(kept) == {"source_mean", "source_spread", "target_mean", "target_spread"}
    for role, images in workshop.data(trained.recipe).items():  # without those held out for validation
        mean, spread = domain(trained, np.array(images.images))
        assert torch.allclose(kept[f"{role}_mean"].double(), mean, atol=1e-5)
        assert torch.allclose(kept[f"{role}_spread"].double(), spread, rtol=1e-4)


@torch.no_grad()
def test_transfer_and_measuring_use_them(workshop: Any, finished: Any) -> None:
    trained = Trained(finished, workshop.place.registry, workshop.place.device)
    with np.load(workshop.root / "test.npz") as file:
        images = file["images"]
    source, target = (domain(trained, np.array(one.images)) for one in workshop.data(trained.recipe).values())

    code = ((codes(trained, images, 3) - source[0]) / source[1]).float()
    made = trained.networks["generator"](code)
    assert torch.allclose(trained.outputs(images), made, atol=1e-4)

    again = (trained.networks["encoder"](made.expand(-1, 3, -1, -1)) - target[0]) / target[1]
    cosine = (code * again).sum(1) / (code.norm(dim=1) * again.norm(dim=1))
    recorded: Any = strict_json.loads(finished.metrics.read_bytes())
    assert recorded["sets"]["test"]["codes (circular)"] == pytest.approx(1 - float(cosine.mean()), abs=1e-4)
    assert remeasure(finished, workshop.place).sets == recorded["sets"]
    # One image alone is transferred as it is among many: no statistic is of what is transferred.
    assert torch.allclose(trained.outputs(images[:1]), made[:1], atol=1e-4)


def test_damaged_ones_are_refused(workshop: Any, finished: Any) -> None:
    data = bytearray(finished.statistics.read_bytes())
    data[-1] ^= 1
    finished.statistics.write_bytes(data)
    with pytest.raises(RunError, match=r"statistics\.safetensors is damaged"):
        Trained(finished, workshop.place.registry, workshop.place.device)


def test_another_metric_may_need_one_that_the_run_never_computed(workshop: Any, tmp_path: Any) -> None:
    recipe = workshop.recipe(
        "method.use=dtn/standardized",
        "losses.adversarial.use=dtn/source-adversarial",
        "losses.constancy.weight=0",
        "losses.identity.weight=0",
    )
    run = workshop.run(recipe, tmp_path / "alone")
    assert set(read_statistics(run)) == {"source_mean", "source_spread"}
    with pytest.raises(RunError, match="'target_mean' is a statistic over the training images"):
        remeasure(run, workshop.place, metrics=["dtn/code-constancy"])


def test_a_run_that_computes_none_keeps_none(workshop: Any, tmp_path: Any) -> None:
    assert not workshop.run(workshop.recipe(), tmp_path / "plain").statistics.exists()
