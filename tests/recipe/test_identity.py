"""A recipe's identity outlives new keys and options: hashes of the shipped recipes are frozen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

import ganforge_basics.optimizers as optimizers
from ganforge.plugins import Since
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.recipe import Form
from ganforge.recipe.schema import FORMAT, NAMED_SECTIONS, NESTED_TABLES, SECTIONS, TrainTable

RECIPES = Path(__file__).parents[2] / "recipes"
HASHES = tomllib.loads((Path(__file__).parent / "hashes.toml").read_text())


class LaterTrainTable(TrainTable):
    """A table as a later version may have it."""

    patience: Annotated[int, Since(3)] = Field(1)


class ChangedTrainTable(TrainTable):
    """A table of a version that means something else where a recipe says nothing."""

    warm: Annotated[bool, Since(3, neutral=True)] = Field(False)


def later_adam(
    params,
    *,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    noise: Annotated[float, Since("0.9", neutral=0.0)] = 0.0,
):
    """Return an optimizer as a later version of a plugin may have it."""


@pytest.mark.parametrize("name", sorted(HASHES))
def test_hashes_of_shipped_recipes_are_frozen(name):
    assert read_recipe(RECIPES / f"{name}.toml", Registry()).hash == HASHES[name]


def test_every_shipped_recipe_is_frozen():
    files = [path for path in RECIPES.rglob("*.toml") if "[study]" not in path.read_text()]
    assert {path.relative_to(RECIPES).with_suffix("").as_posix() for path in files} == set(HASHES)


def test_a_new_key_changes_the_hash_only_away_from_its_neutral_value(kitchen, monkeypatch):
    before = kitchen.load().hash
    monkeypatch.setitem(SECTIONS, "train", LaterTrainTable)
    assert kitchen.load().hash == before
    assert kitchen.load(kitchen.text, "train.patience=1").hash == before
    assert kitchen.load(kitchen.text, "train.patience=2").hash != before


def test_a_default_that_is_not_neutral_changes_the_hash(kitchen, monkeypatch):
    before = kitchen.load().hash
    monkeypatch.setitem(SECTIONS, "train", ChangedTrainTable)
    assert kitchen.load().hash != before


def test_a_new_option_changes_the_hash_only_away_from_its_neutral_value(kitchen, monkeypatch):
    before = kitchen.load().hash
    monkeypatch.setattr(optimizers, "adam", later_adam)
    kitchen.registry = Registry()
    assert kitchen.load(kitchen.text, "optimizers.generator.noise=0.0").hash == before
    assert kitchen.load(kitchen.text, "optimizers.generator.noise=0.5").hash != before


def test_neutral_values_are_written_down_and_not_compared(kitchen, monkeypatch):
    monkeypatch.setitem(SECTIONS, "train", LaterTrainTable)
    recipe = kitchen.load()
    assert recipe.resolved()["train"]["patience"] == 1
    assert "patience" not in recipe.identity()["train"]
    left_out = recipe.resolved(Form.WRITTEN)["train"].keys() - recipe.resolved(Form.HASHED)["train"].keys()
    assert left_out == {"accumulate", "patience"}


def test_keys_come_with_a_version_of_the_format_that_there_is():
    tables = [*SECTIONS.values(), *NAMED_SECTIONS.values(), *NESTED_TABLES.values()]
    marks = [mark for table in tables for field in table.model_fields.values() for mark in field.metadata]
    versions = [mark.version for mark in marks if isinstance(mark, Since)]
    assert versions
    assert all(1 < version <= FORMAT for version in versions)
