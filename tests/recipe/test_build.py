"""From a recipe's table to a live component: options, facts, nested components, and what is said when that fails."""

import functools

import pytest
import torch

from ganforge.errors import RecipeError, ShapeError
from ganforge.recipe.build import build_component
from ganforge.recipe.check import check_component


@pytest.fixture
def registry(workshop):
    return workshop.place.registry


def built(registry, kind, name, *assignments, facts=()):
    use, document = check_component(kind, name, assignments, registry)
    return build_component(use, dict(facts), document)


def test_a_function_is_bound_to_its_options(registry):
    schedule = built(registry, "scheduler", "basics/ramp", "length=4")
    assert isinstance(schedule, functools.partial)
    assert schedule(0, 100) == 0.25


def test_a_class_is_made_with_its_options_and_defaults(registry):
    network = built(registry, "encoder", "digits/strided-cnn", "width=2", facts={"in_channels": 3, "image_size": 8})
    assert (network.in_channels, network.code_dim, network.classes) == (3, 128, 10)


def test_facts_fill_what_the_recipe_leaves_unset_and_nothing_else(registry):
    facts = {"in_channels": 3, "image_size": 8, "code_dim": 7, "classes": None}
    network = built(registry, "encoder", "digits/strided-cnn", "width=2", "code_dim=5", facts=facts)
    assert (network.in_channels, network.code_dim, network.classes) == (3, 5, 10)


def test_a_nested_component_is_handed_over_ready_to_call(registry):
    loss = built(registry, "loss", "dtn/identity", "distance=l1")
    assert loss(torch.zeros(2, 1), torch.full((2, 1), 3.0)).item() == 3.0
    loss = built(registry, "loss", "dtn/identity", 'distance={ use = "combined", mse = 2.0, cosine = 0.0 }')
    assert loss(torch.zeros(2, 1), torch.full((2, 1), 3.0)).item() == 18.0


def test_a_fact_that_nothing_implies_is_asked_for(registry):
    with pytest.raises(RecipeError, match="'digits/strided-cnn' needs 'image_size'") as caught:
        built(registry, "encoder", "digits/strided-cnn", facts={"in_channels": 3})
    assert "set image_size" in caught.value.problems[0].fix


def test_a_component_that_refuses_its_options_is_named(registry):
    with pytest.raises(
        RecipeError, match="'dtn/f-constancy' refuses its options: standardize is for distances"
    ) as caught:
        built(registry, "loss", "dtn/f-constancy", "distance=soft-labels", "standardize=true")
    assert "ganforge show dtn/f-constancy" in caught.value.problems[0].fix


def test_a_shape_that_a_component_refuses_gets_its_place(registry):
    with pytest.raises(ShapeError) as caught:
        built(registry, "encoder", "digits/strided-cnn", facts={"in_channels": 3, "image_size": 20})
    assert caught.value.where == "command line"


def test_what_torch_refuses_is_a_mistake_in_the_options_too(registry):
    with pytest.raises(RecipeError, match=r"'toys/refused' refuses its options: .*negative"):
        built(registry, "loss", "toys/refused")
