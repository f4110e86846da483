"""The keys that a recipe may have, and what they may be."""

from __future__ import annotations

import tomllib

import pytest

from ganforge.editor.keys import keys, values
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import check_document
from ganforge.recipe.document import Document
from ganforge.recipe.library import find_recipe, shipped_recipes

REGISTRY = Registry()
RECIPES = [one.path for one in shipped_recipes(REGISTRY) if not one.is_study]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_key_of_a_shipped_recipe_and_every_option_of_its_components_is_among_them(path, built):
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    known = keys(data, built)
    for section, tables in check_document(Document(path, data), REGISTRY).resolved().items():
        for name, value in tables.items():
            if f"{section}.{name}" in known or not isinstance(value, dict) or name not in data.get(section, {}):
                continue
            assert {f"{section}.{name}.{key}" for key in value} <= set(known)


def test_only_the_options_of_the_component_that_is_used_are_among_them(built):
    known = keys(tomllib.loads(find_recipe("quickstart", REGISTRY).read_text(encoding="utf-8")), built)
    assert {"losses.constancy.distance", "losses.constancy.weight", "train.steps", "data.source.limit"} <= set(known)
    assert {"networks.generator.ema", "optimizers.generator.betas", "method.views"} <= set(known)
    assert not {"losses.constancy.label_smoothing", "optimizers.generator.momentum", "study.base"} & set(known)
    assert "steps" in known["train.steps"]["description"]


@pytest.mark.parametrize(
    "recipe",
    [{}, {"losses": 3}, {"losses": {"x": 3}}, {"losses": {"x": {"use": 3}}}, {"losses": {"x": {"use": "nothing"}}}],
)
def test_a_recipe_with_mistakes_has_keys_too(recipe, built):
    known = keys(recipe, built)
    assert "train.steps" in known
    assert ("losses.x.use" in known) == isinstance(recipe.get("losses"), dict)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("train.deterministic", ["true", "false"]),
        ("train.precision", ["auto", "fp32", "bf16", "fp64"]),
        ("data.source.channels", ["1", "3"]),
        ("data.source.normalize", ["symmetric", "unit"]),
        ("train.steps", []),
    ],
)
def test_where_there_is_a_choice_it_is_told(key, expected, built):
    known = keys({"data": {"source": {}}}, built)
    assert values(known[key], built) == expected


def test_a_component_is_chosen_by_name(built):
    known = keys({"losses": {"x": {"use": "dtn/identity"}}}, built)
    assert {"basics/mse", "mse", "cosine"} <= set(values(known["losses.x.distance"], built))
    assert {"dtn/identity", "identity"} <= set(values(known["losses.x.use"], built))
