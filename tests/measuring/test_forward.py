"""The forward pass of measuring: what it draws, how it computes, and what loaded runs share with the evaluation."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ganforge.measuring.forward import Forward
from ganforge.measuring.trained import Trained
from ganforge.networks.settings import Settings
from small_run import GAN

CPU = torch.device("cpu")


@pytest.fixture
def forward(workshop: Any) -> Forward:
    stepper = workshop.stepper(workshop.parse(GAN))
    return Forward(stepper.plan, {}, stepper.settings)


def test_draws_of_another_name_or_seed_are_others(forward: Forward) -> None:
    draws = [
        forward.drawn("one", 5),
        forward.drawn("one", 5),
        forward.drawn("other", 5),
        forward.drawn("one", 5, seed=9),
    ]
    one, again, other, seeded = (drawn.rows["latent"] for drawn in draws)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert not torch.equal(one, seeded)


def test_the_size_of_blocks_changes_nothing_in_running_mode(workshop: Any) -> None:
    tables = []
    for size in (3, 50):
        stepper = workshop.stepper(workshop.parse(f"{GAN}[evaluate]\nbatch_size = {size}\n"))
        forward = Forward(stepper.plan, {}, stepper.settings)
        tables.append(forward.tables(stepper.parts.networks, forward.drawn("x", 20), ["generated"], "running"))
    assert tables[0].keys() == {"generated"}
    assert tables[0]["generated"].shape == (20, 1, 16, 16)
    torch.testing.assert_close(tables[0], tables[1])


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), Settings(CPU, "fp32", channels_last=True)),
        (("train.channels_last=false",), Settings(CPU, "fp32", channels_last=False)),
        (("train.precision=bf16",), Settings(CPU, "fp32", channels_last=True)),
        (("train.precision=fp64",), Settings(CPU, "fp64", channels_last=True)),
    ],
)
def test_a_loaded_run_computes_as_its_recipe_says(
    workshop: Any, tmp_path: Any, overrides: tuple[str, ...], expected: Settings
) -> None:
    run = workshop.run(workshop.recipe(*overrides, name="judge"), tmp_path / "run")
    trained = Trained(run, workshop.place.registry, CPU)
    assert trained.forward.settings == expected
    assert {parameter.dtype for parameter in trained.networks["classifier"].parameters()} == {expected.dtype}
    assert trained(workshop.images("any", 3, 1).images).dtype == torch.float32
