"""A checkpoint holds all that a run needs to go on to the same bits, and nothing that can be computed anew."""

import pytest
import torch

from ganforge.runs import checkpoint


def saved(stepper, folder, step=3):
    tensors, scalars = stepper.state_dict()
    return checkpoint.load_checkpoint(checkpoint.save_checkpoint(folder, step, tensors, scalars))


def restore(stepper, kept):
    stepper.load_state_dict(kept.tensors, kept.state)


def everything(stepper):
    """All tensors and numbers of a stepper, with their memory layout where it matters."""
    tensors, scalars = stepper.state_dict()
    flat = {f"{group}.{name}": tensor for group, named in tensors.items() for name, tensor in named.items()}
    return flat, scalars


def assert_equal(one, other):
    (tensors, scalars), (others, other_scalars) = everything(one), everything(other)
    assert scalars == other_scalars
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
        assert tensor.stride() == others[name].stride(), name
        assert tensor.dtype == others[name].dtype, name


@pytest.mark.parametrize("optimizer", ["basics/adam", "basics/adamw", "basics/sgd", "toys/counting"])
@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_what_is_restored_goes_on_as_what_was_saved(workshop, tmp_path, optimizer, precision):
    schedule = '\nschedule = { use = "basics/cosine", warmup = 5 }'
    recipe = workshop.changed(
        (f'use = "basics/adam"{schedule}', f'use = "{optimizer}"' + ("" if optimizer.startswith("toys") else schedule)),
        ('precision = "fp32"', f'precision = "{precision}"'),
    )
    encoder = {"encoder": workshop.stepper(recipe).parts.networks["encoder"].state_dict()}
    first = workshop.stepper(recipe, weights=encoder)
    for number in range(3):
        first.step(number)
    second = workshop.stepper(recipe, weights=encoder)
    restore(second, saved(first, tmp_path))
    assert_equal(first, second)
    for number in range(3, 6):
        first.step(number)
        second.step(number)
    assert_equal(first, second)


def test_saving_keeps_the_bits_and_changes_nothing(workshop, tmp_path):
    stepper = workshop.stepper(workshop.recipe())
    stepper.step(0)
    tensors, scalars = stepper.state_dict()
    before = {group: {name: tensor.clone() for name, tensor in named.items()} for group, named in tensors.items()}
    loaded = saved(stepper, tmp_path)
    for group, named in before.items():
        for name, tensor in named.items():
            assert torch.equal(tensor, tensors[group][name])
            assert torch.equal(tensor, loaded.tensors[group][name])
    assert loaded.state == scalars


def test_frozen_networks_are_not_saved(workshop, tmp_path):
    stepper = workshop.stepper(workshop.recipe())
    stepper.step(0)
    names = {name.split(".")[0] for name in saved(stepper, tmp_path).tensors["networks"]}
    assert names == {"generator", "discriminator"}


def test_losses_not_yet_reported_and_resting_phases_are_saved(workshop, tmp_path):
    stepper = workshop.stepper(workshop.recipe())
    stepper.step(0)
    stepper.resting = {"discriminator"}
    again = workshop.stepper(workshop.recipe())
    restore(again, saved(stepper, tmp_path))
    assert again.resting == {"discriminator"}
    assert again.take_means() == stepper.take_means()


def test_an_assembly_restores_networks_averages_and_optimizers(workshop, tmp_path):
    stepper = workshop.stepper(workshop.recipe())
    stepper.step(0)
    kept = saved(stepper, tmp_path)
    later = workshop.stepper(workshop.recipe())
    for number in range(3):
        later.step(number)
    later.parts.load_state_dict(kept.tensors, kept.state)
    optimizers = {name: value for name, value in everything(stepper)[0].items() if name.startswith("optimizers")}
    assert optimizers
    assert all(torch.equal(everything(later)[0][name], value) for name, value in optimizers.items())
    for role, network in stepper.parts.evaluated().items():
        assert all(
            torch.equal(a, b)
            for a, b in zip(
                network.state_dict().values(), later.parts.evaluated()[role].state_dict().values(), strict=True
            )
        )
