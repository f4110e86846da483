"""Live networks, averages and optimizers from a plan."""

import pytest
import torch

from ganforge.errors import GanforgeError, RecipeError, ShapeError
from ganforge.networks.settings import choose_settings
from ganforge.quantities.planner import make_plan
from ganforge.training.assemble import assemble

CPU = torch.device("cpu")


def parts(workshop, recipe, weights=None, settings=None):
    return assemble(
        make_plan(recipe), workshop.data(recipe), weights or {}, settings or choose_settings("fp32", True, CPU)
    )


def test_networks_take_their_facts_from_data_and_each_other(workshop):
    networks = parts(workshop, workshop.recipe()).networks
    assert list(networks) == ["encoder", "generator", "discriminator"]
    assert (networks["encoder"].in_channels, networks["encoder"].classes) == (3, 10)
    assert (networks["generator"].code_dim, networks["generator"].out_channels) == (8, 1)
    assert (networks["discriminator"].in_channels, networks["discriminator"].outputs) == (1, 3)
    binary = workshop.changed(("dtn/ternary-adversarial", "dtn/binary-adversarial"))
    assert parts(workshop, binary).networks["discriminator"].outputs == 1


def test_frozen_networks_are_in_eval_mode_without_gradients(workshop):
    built = parts(workshop, workshop.recipe())
    assert built.frozen == {"encoder"}
    assert not built.networks["encoder"].training
    assert not any(parameter.requires_grad for parameter in built.networks["encoder"].parameters())
    assert built.networks["generator"].training
    assert set(built.optimizers) == {"generator", "discriminator"}


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_first_weights_depend_on_the_seed_and_the_role_alone(workshop):
    torch.manual_seed(1)
    first = parts(workshop, workshop.recipe()).networks
    torch.manual_seed(2)
    again = parts(workshop, workshop.recipe("networks.encoder.norm=batch", "networks.discriminator.width=5")).networks
    other = parts(workshop, workshop.recipe("recipe.seed=6")).networks
    assert same(first["generator"], again["generator"])
    assert not same(first["generator"], other["generator"])


def test_building_leaves_the_random_generator_alone(workshop):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    parts(workshop, workshop.recipe())
    assert torch.equal(torch.rand(3), expected)


def test_given_weights_are_loaded_and_a_misfit_has_its_line(workshop):
    recipe = workshop.recipe()
    encoder = parts(workshop, workshop.recipe("recipe.seed=6")).networks["encoder"]
    loaded = parts(workshop, recipe, {"encoder": (encoder.state_dict(), "there")}).networks["encoder"]
    assert same(encoder, loaded)
    with pytest.raises(ShapeError, match="the weights of there do not fit StridedCNN") as caught:
        parts(workshop, recipe, {"encoder": ({}, "there")})
    assert caught.value.where == recipe.document.where(("networks", "encoder"))


def test_an_average_where_the_recipe_asks_for_one(workshop):
    built = parts(workshop, workshop.recipe())
    assert set(built.averages) == {"generator"}
    evaluated = built.evaluated()
    assert evaluated["generator"] is built.averages["generator"].network
    assert evaluated["discriminator"] is built.networks["discriminator"]


@pytest.mark.parametrize("channels_last", [True, False])
def test_the_memory_layout_is_the_recipes(workshop, channels_last):
    weight = (
        parts(workshop, workshop.recipe(), settings=choose_settings("fp32", channels_last, CPU))
        .networks["discriminator"]
        .blocks[1]
        .convolution.weight
    )
    assert weight.is_contiguous(memory_format=torch.channels_last) == channels_last


def test_fp64_is_all_in_double_precision(workshop):
    built = parts(workshop, workshop.recipe(), settings=choose_settings("fp64", True, CPU))
    assert {p.dtype for network in built.networks.values() for p in network.parameters()} == {torch.float64}


def test_an_optimizer_that_refuses_its_options_has_its_line(workshop):
    recipe = workshop.changed(('use = "basics/adam"', 'use = "basics/sgd"\nmomentum = 0\nnesterov = true'))
    with pytest.raises(RecipeError, match="nesterov needs momentum") as caught:
        parts(workshop, recipe)
    assert caught.value.problems[0].where == recipe.document.where(("optimizers", "generator"))


def test_a_network_that_is_no_module_is_its_authors_mistake(workshop):
    recipe = workshop.changed(('use = "dtn/digit-discriminator"\nwidth = 4', 'use = "toys/not-a-module"'))
    with pytest.raises(GanforgeError, match=r"'toys/not-a-module' is a NotAModule, not a torch\.nn\.Module"):
        parts(workshop, recipe)


class TestPrecision:
    @pytest.mark.parametrize(("native", "chosen"), [(True, "bf16"), (False, "fp32")])
    def test_auto_is_bf16_where_the_cpu_has_instructions_for_it(self, monkeypatch, native, chosen):
        monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True, raising=False)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": native, "avx512_f": True})
        assert choose_settings("auto", True, CPU).precision == chosen

    @pytest.mark.parametrize(("capability", "chosen"), [((7, 5), "fp32"), ((8, 0), "bf16"), ((9, 0), "bf16")])
    def test_auto_is_bf16_on_a_gpu_that_has_it(self, monkeypatch, capability, chosen):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
        assert choose_settings("auto", True, torch.device("cuda")).precision == chosen

    @pytest.mark.parametrize("precision", ["fp32", "bf16", "fp64"])
    def test_a_recipes_own_choice_stands(self, precision):
        settings = choose_settings(precision, True, CPU)
        assert settings.precision == precision
        assert settings.dtype == (torch.float64 if precision == "fp64" else torch.float32)
        with settings.autocast():
            product = torch.ones(2, 2) @ torch.ones(2, 2)
        assert product.dtype == (torch.bfloat16 if precision == "bf16" else torch.float32)
