"""Contradictions between the tables of a recipe."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("before", "after", "key", "message"),
    [
        (
            '\nweights = { recipe = "encoder.toml" }',
            "",
            "networks.encoder",
            "the network 'encoder' is frozen and has no weights: it would stay as it was drawn at random",
        ),
        (
            '"dtn/digit-generator"',
            '"dtn/digit-generator"\nfrozen = true',
            "networks.generator",
            "the network 'generator' is frozen and has no weights",
        ),
        (
            "weights = {",
            "ema = 0.9\nweights = {",
            "networks.encoder.ema",
            "the network 'encoder' is frozen: there is nothing to average",
        ),
        (
            'recipe = "judge.toml"',
            'use = "digits/residual-cnn"',
            "judges.residual",
            "the judge 'residual' has no weights: it would judge as it was drawn at random",
        ),
        (
            'recipe = "judge.toml"',
            'recipe = "judge.toml"\nresize = 8',
            "judges.residual.resize",
            "the judge 'residual' is what its recipe trains, and reads what that was trained on",
        ),
        (
            'recipe = "judge.toml"',
            'recipe = "judge.toml"\nuse = "digits/residual-cnn"',
            "judges.residual.use",
            "the judge 'residual' is what its recipe trains",
        ),
        (
            'recipe = "judge.toml"',
            'use = "digits/strided-cnn"\nweights = { recipe = "judge.toml" }',
            "judges.residual.weights.recipe",
            "trains 'digits/residual-cnn', not 'digits/strided-cnn': its weights do not fit",
        ),
        (
            "[train]",
            '[phases.f]\nupdate = "encoder"\n[phases.g]\nupdate = "generator"\n[train]',
            "phases.f.update",
            "the phase 'f' updates the network 'encoder', which has no optimizer",
        ),
        (
            "[train]",
            '[phases.f]\nupdate = ["generator", "encoder"]\n[train]',
            "phases.f.update",
            "the phase 'f' updates the network 'encoder', which has no optimizer",
        ),
        (
            "[train]",
            '[phases.d]\nupdate = "discriminator"\nfresh = true\n[phases.g]\nupdate = "generator"\n[train]',
            "phases.d.fresh",
            "the phase 'd' makes one update a step: there is none after the first to draw for",
        ),
        (
            "[train]",
            '[optimizers.encoder]\nuse = "adam"\n[train]',
            "optimizers.encoder",
            "no phase updates the network 'encoder'",
        ),
        (
            "resize = 32",
            "resize = 32\nvalidation = 5",
            "data.target.validation",
            "validation images are held out of [data.source]; those of [data.target] would go unused",
        ),
        (
            "[method]",
            '[data.test]\nuse = "digits/mnist"\naugment = ["blur"]\n[method]',
            "data.test.augment",
            "test images are measured as they are",
        ),
        (
            '"digits/strided-cnn"',
            '"digits/pooled-cnn"',
            "networks.encoder.weights.recipe",
            "trains 'digits/strided-cnn', not 'digits/pooled-cnn': its weights do not fit",
        ),
    ],
)
def test_tables_that_contradict_each_other(kitchen, before, after, key, message):
    [problem] = kitchen.problems_of(before, after)
    assert problem.key == key
    assert message in problem.message
    assert problem.fix
    assert (problem.where or "").startswith(f"{kitchen.folder / 'transfer.toml'}:")


def test_a_judge_must_be_a_classifier(kitchen):
    (kitchen.folder / "other.toml").write_text(kitchen.text)
    [problem] = kitchen.problems_of('recipe = "judge.toml"', 'recipe = "other.toml"')
    assert problem.key == "judges.residual.recipe"
    assert "'dtn/dtn'" in problem.message
    assert "gives pictures, not class scores" in problem.message


def test_a_network_that_a_phase_updates_may_start_from_weights(kitchen):
    changed = 'frozen = false\nweights = { recipe = "encoder.toml" }\nema = 0.9'
    phases = '[phases.f]\nupdate = "encoder"\n[optimizers.encoder]\nuse = "adam"\n[train]'
    text = kitchen.text.replace('weights = { recipe = "encoder.toml" }', changed).replace("[train]", phases)
    assert kitchen.load(text).frozen == frozenset()


def test_what_is_frozen_is_as_the_recipe_or_else_the_method_says(kitchen):
    assert kitchen.load().frozen == {"encoder"}


def test_only_networks_that_are_updated_get_the_methods_optimizers(kitchen):
    assert set(kitchen.load().optimizers) == {"generator", "discriminator"}
    recipe = kitchen.change("[train]", '[phases.g]\nupdate = "generator"\n[train]')
    assert set(recipe.optimizers) == {"generator"}
