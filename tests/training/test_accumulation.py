"""Gradient accumulation: several batches make one update, as one large batch would."""

import pytest
import torch

from small_run import CLASSIFIER, variant

PLAIN = variant(CLASSIFIER, {"data.images.validation": None, "networks.classifier.norm": "none"})


def test_batches_of_eight_make_updates_of_32(workshop):
    large, small = (
        workshop.stepper(workshop.parse(variant(PLAIN, {"train": train | {"steps": 6, "precision": "fp64"}})))
        for train in ({"batch_size": 32}, {"batch_size": 8, "accumulate": 4})
    )
    for number in range(6):
        large.step(number)
        small.step(number)
    for one, other in zip(*(s.parts.networks["classifier"].parameters() for s in (large, small)), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-12)
    assert small.take_means()["classification"] == pytest.approx(large.take_means()["classification"], abs=1e-12)


def test_phases_compute_their_own_quantities_of_the_same_batches(workshop):
    recipe = workshop.recipe("train.accumulate=3")
    stepper = workshop.stepper(recipe)
    drawn = []
    images = stepper.batches["target"].images
    stepper.batches["target"].images = lambda number: drawn.append(number) or images(number)
    stepper.step(2)
    assert drawn == [6, 7, 8, 6, 7, 8]
    assert stepper.counts["identity"] == 3


def test_a_lower_bound_reads_the_mean_loss(workshop):
    held = workshop.stepper(
        workshop.recipe(
            "train.accumulate=2",
            "phases.g.update=generator",
            "phases.g.lower_bound=1e9",
            "phases.d.update=discriminator",
        )
    )
    before = [parameter.clone() for parameter in held.parts.networks["generator"].parameters()]
    held.step(0)
    assert held.counts["g.held_back"] == 1
    assert all(map(torch.equal, before, held.parts.networks["generator"].parameters()))


def test_without_accumulation_nothing_changes(workshop):
    assert workshop.recipe("train.accumulate=1").hash == workshop.recipe().hash
    assert workshop.recipe("train.accumulate=2").hash != workshop.recipe().hash
