"""The resolved recipe: complete, a fixed point, written so that it stands alone; and what its hash depends on."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_recipe
from ganforge.recipe.library import shipped_recipes

REGISTRY = Registry()
SHIPPED = [
    recipe for recipe in shipped_recipes(REGISTRY) if "study" not in tomllib.loads(recipe.path.read_text("utf-8"))
]


@pytest.mark.parametrize("recipe", SHIPPED, ids=lambda recipe: recipe.name)
def test_a_shipped_recipe_resolves_to_a_fixed_point(recipe, tmp_path):
    first = read_recipe(recipe.path, REGISTRY)
    first.write(tmp_path)
    second = read_recipe(tmp_path / "recipe.toml", REGISTRY)
    assert second.identity() == first.identity()
    assert second.hash == first.hash
    assert [child.hash for child in second.children.values()] == [child.hash for child in first.children.values()]
    assert {use.entry.name for use in second.uses()} == {use.entry.name for use in first.uses()}
    again = tmp_path / "again"
    again.mkdir()
    second.write(again)
    assert _texts(again) == _texts(tmp_path) - {"again"}


def _texts(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} | {path.read_text() for path in folder.rglob("[!a]*.toml")}


def test_a_resolved_recipe_beside_its_original_is_a_fixed_point(kitchen):
    first = kitchen.load()
    second = kitchen.load(first.dumps())
    assert second.identity() == first.identity()
    assert second.dumps() == first.dumps()


def test_every_default_is_filled_in(kitchen):
    resolved = kitchen.load().resolved()
    assert resolved["train"]["batch_size"] == 128
    assert resolved["recipe"] == {"name": "transfer", "description": "", "seed": 0}
    assert resolved["method"] == {"use": "dtn/dtn", "views": [], "discriminator_views": []}
    assert resolved["losses"]["constancy"] == {
        "use": "dtn/f-constancy",
        "distance": {"use": "basics/mse"},
        "standardize": False,
        "reader": "encoder",
        "weight": 1.0,
        "interval": 1,
    }
    assert resolved["phases"]["generator"] == {"update": "generator", "repeat": 1, "interval": 1, "start": 0}
    assert resolved["optimizers"]["generator"]["use"] == "basics/adam"
    assert resolved["optimizers"]["generator"]["betas"] == [0.5, 0.999]
    assert set(resolved["metrics"]) == {"transfer-accuracy", "encoder-accuracy", "encoder-agreement"}
    assert "image_size" not in resolved["networks"]["encoder"]  # a fact of the data, not of the recipe


def test_a_table_without_use_changes_the_default_optimizer(kitchen):
    resolved = kitchen.load(kitchen.text, "optimizers.generator.lr=0.01").resolved()
    assert resolved["optimizers"]["generator"]["use"] == "basics/adam"
    assert resolved["optimizers"]["generator"]["lr"] == 0.01
    assert resolved["optimizers"]["generator"]["betas"] == [0.5, 0.999]
    assert resolved["optimizers"]["discriminator"]["lr"] == 2e-4


def test_names_are_written_out_with_their_plugins(kitchen):
    resolved = kitchen.change('"dtn/f-constancy"\ndistance = "mse"', '"f-constancy"\ndistance = "cosine"').resolved()
    assert resolved["losses"]["constancy"]["use"] == "dtn/f-constancy"
    assert resolved["losses"]["constancy"]["distance"]["use"] == "basics/cosine"


def test_nested_components_schedules_and_augmentations_are_resolved_too(kitchen):
    recipe = kitchen.load(
        kitchen.text.replace(
            'use = "dtn/dtn"', 'use = "dtn/dtn"\nviews = ["blur", { use = "noise", std = 1 }]'
        ).replace("resize = 32", 'resize = 32\naugment = ["affine"]'),
        "losses.constancy.schedule={ use = 'ramp', length = 5 }",
        "optimizers.generator={ use = 'adam', lr = 1, schedule = 'constant' }",
        "losses.constancy.distance={ use = 'combined', mse = 2 }",
    )
    resolved = recipe.resolved()
    assert [view["use"] for view in resolved["method"]["views"]] == ["basics/blur", "basics/noise"]
    assert resolved["method"]["views"][1]["std"] == 1.0
    assert resolved["data"]["target"]["augment"][0]["use"] == "basics/affine"
    assert resolved["losses"]["constancy"]["schedule"] == {"use": "basics/ramp", "length": 5}
    assert resolved["losses"]["constancy"]["distance"] == {"use": "basics/combined", "mse": 2.0, "cosine": 1.0}
    assert resolved["optimizers"]["generator"]["schedule"] == {"use": "basics/constant"}
    assert kitchen.load(recipe.dumps()).hash == recipe.hash


@pytest.mark.parametrize(
    "override",
    [
        "recipe.name=other",
        "recipe.description=words",
        "train.log_every=1",
        "train.sample_every=1",
        "train.checkpoint_every=1",
        "train.keep=9",
        "train.batch_size=128",
        "losses.constancy.weight=1",
        "losses.constancy.distance={ use = 'basics/mse' }",
        "networks.generator.width=64",
        "optimizers.generator={ use = 'adam' }",
    ],
)
def test_what_only_looks_different_leaves_the_hash_as_it_is(kitchen, override):
    assert kitchen.load(kitchen.text, override).hash == kitchen.load().hash


@pytest.mark.parametrize(
    "override",
    [
        "recipe.seed=1",
        "train.steps=11",
        "train.batch_size=64",
        "train.validate_every=1",
        "train.precision=fp32",
        "evaluate.batch_norm=batch",
        "data.source.count=101",
        "data.source.limit=50",
        "data.source.classes=[0, 1]",
        "networks.generator.width=65",
        "losses.constancy.weight=1.5",
        "losses.constancy.distance=cosine",
        "losses.constancy.schedule=constant",
        "phases.generator={ update = 'generator' }",
        "optimizers.generator={ use = 'sgd' }",
        "metrics.accuracy={ use = 'dtn/encoder-accuracy' }",
    ],
)
def test_what_is_different_changes_the_hash(kitchen, override):
    assert kitchen.load(kitchen.text, override).hash != kitchen.load().hash


def test_classes_are_a_set(kitchen):
    assert "classes" not in kitchen.load().resolved()["data"]["source"]
    some = kitchen.load(kitchen.text, "data.source.classes=[2, 0, 2]")
    assert some.resolved()["data"]["source"]["classes"] == [0, 2]
    assert some.hash == kitchen.load(kitchen.text, "data.source.classes=[0, 2]").hash


def test_the_hash_follows_what_a_recipe_builds_on_and_not_where_that_lies(kitchen):
    before = kitchen.load().hash
    encoder = kitchen.folder / "encoder.toml"
    (kitchen.folder / "elsewhere.toml").write_text(encoder.read_text().replace('"encoder"', '"renamed"'))
    assert kitchen.change('"encoder.toml"', '"elsewhere.toml"').hash == before
    encoder.write_text(encoder.read_text().replace("steps = 10", "steps = 11"))
    assert kitchen.load().hash != before


def test_a_changed_child_is_what_its_own_file_would_say(kitchen, tmp_path):
    plain = kitchen.load().hash
    changed = kitchen.change('"encoder.toml" }', '"encoder.toml", set = { "train.steps" = 11, "recipe.name" = "e" } }')
    assert changed.children["networks", "encoder"].name == "e"
    assert kitchen.change('"encoder.toml" }', '"encoder.toml", set = {} }').hash == plain
    folder = tmp_path / "run"
    folder.mkdir()
    changed.write(folder)
    assert read_recipe(folder / "recipe.toml", kitchen.registry).hash == changed.hash
    encoder = kitchen.folder / "encoder.toml"
    encoder.write_text(encoder.read_text().replace("steps = 10", "steps = 11"))
    assert kitchen.load().hash == changed.hash != plain


def test_a_child_of_a_child_can_be_changed_too(kitchen):
    encoder = kitchen.folder / "encoder.toml"
    (kitchen.folder / "first.toml").write_text(encoder.read_text())
    encoder.write_text(encoder.read_text().replace("[method]", 'weights = { recipe = "first.toml" }\n[method]'))
    inner = '"networks.classifier.weights.set" = { "train.steps" = 12 }'
    recipe = kitchen.change('"encoder.toml" }', f'"encoder.toml", set = {{ {inner} }} }}')
    child = recipe.children["networks", "encoder"]
    assert child.train.steps == 10
    assert child.children["networks", "classifier"].train.steps == 12


def test_weights_from_a_file_count_by_their_content(kitchen, tmp_path):
    file = kitchen.folder / "x.safetensors"
    file.write_bytes(b"one")
    text = kitchen.text.replace('{ recipe = "encoder.toml" }', '{ file = "x.safetensors" }')
    recipe = kitchen.load(text)
    before = recipe.hash
    (found,) = recipe.weight_files().values()
    assert found.path == file
    (kitchen.folder / "y.safetensors").write_bytes(b"one")
    assert kitchen.load(text.replace("x.safe", "y.safe")).hash == before
    file.write_bytes(b"two")
    assert recipe.hash != before


def test_a_written_recipe_finds_its_file_of_weights_from_anywhere(kitchen, tmp_path):
    file = kitchen.folder / "x.safetensors"
    file.write_bytes(b"one")
    recipe = kitchen.change('{ recipe = "encoder.toml" }', '{ file = "x.safetensors" }')
    folder = tmp_path / "run"
    folder.mkdir()
    recipe.write(folder)
    written = read_recipe(folder / "recipe.toml", kitchen.registry)
    assert [found.path for found in written.weight_files().values()] == [file]
    assert written.hash == recipe.hash
    file.unlink()  # a run that is finished has its own weights
    assert read_recipe(folder / "recipe.toml", kitchen.registry).hash == recipe.hash


def test_weights_in_a_package_are_named_by_it_wherever_a_recipe_is_written(kitchen, tmp_path, site):
    (site.path / "brought").mkdir()
    file = site.path / "brought" / "x.safetensors"
    file.write_bytes(b"one")
    recipe = kitchen.change('{ recipe = "encoder.toml" }', '{ file = "brought:x.safetensors" }')
    (found,) = recipe.weight_files().values()
    assert (found.path, found.sha256) == (file, None)
    folder = tmp_path / "run"
    folder.mkdir()
    recipe.write(folder)
    assert '"brought:x.safetensors"' in (folder / "recipe.toml").read_text()
    assert read_recipe(folder / "recipe.toml", kitchen.registry).hash == recipe.hash
    before = recipe.hash
    file.write_bytes(b"two")
    assert recipe.hash != before


class TestWeightsThatAComponentBrings:
    @pytest.fixture
    def brought(self, kitchen, site):
        """Recipes with the encoder `brought/tiny`, with more keys in its table; its weights are three bytes."""
        (site.path / "brought_weights").mkdir()
        (site.path / "brought_weights" / "x.safetensors").write_bytes(b"one")
        source = 'class Tiny:\n    """A tiny one."""\n    def __init__(self, *, in_channels: int): ...'
        weights = f"weights='brought_weights:x.safetensors', sha256='{hashlib.sha256(b'one').hexdigest()}'"
        site.install("brought", {"tiny_net": source}, f"'encoder', 'tiny', 'tiny_net:Tiny', 'A tiny one.', {weights}")
        kitchen.registry = Registry()
        tables = 'use = "digits/strided-cnn"\nweights = { recipe = "encoder.toml" }'
        return lambda own="": kitchen.change(tables, f'use = "brought/tiny"\n{own}')

    def test_a_frozen_network_starts_from_them(self, brought):
        (found,) = brought().weight_files().values()
        assert found.sha256 == found.digest

    def test_they_count_by_their_content_as_when_they_are_named(self, brought, site):
        recipe = brought()
        before = recipe.hash
        assert brought('weights = { file = "brought_weights:x.safetensors" }').hash == before
        (site.path / "brought_weights" / "x.safetensors").write_bytes(b"two")
        assert recipe.hash != before

    def test_a_network_that_is_trained_starts_anew_unless_they_are_named(self, brought):
        trained = 'frozen = false\n[phases.all]\nupdate = ["encoder", "generator", "discriminator"]\n'
        adam = '[optimizers.encoder]\nuse = "basics/adam"\n'
        assert brought(trained + adam).weight_files() == {}
        named = 'weights = { file = "brought_weights:x.safetensors" }\n'
        assert len(brought(named + trained + adam).weight_files()) == 1

    def test_other_weights_take_their_place(self, brought, kitchen):
        (kitchen.folder / "y.safetensors").write_bytes(b"own")
        (found,) = brought('weights = { file = "y.safetensors" }').weight_files().values()
        assert (found.path, found.sha256) == (kitchen.folder / "y.safetensors", None)


def test_a_folder_that_a_recipe_is_written_to_stands_alone(kitchen, tmp_path):
    recipe = kitchen.load()
    folder = tmp_path / "run"
    folder.mkdir()
    recipe.write(folder)
    for path in kitchen.folder.glob("*.toml"):
        path.unlink()
    assert read_recipe(folder / "recipe.toml", kitchen.registry).hash == recipe.hash
    assert sorted(path.name.split("-")[0] for path in (folder / "recipes").iterdir()) == ["encoder", "judge"]
    assert not list(folder.rglob(".ganforge-new-*"))


def test_grandchildren_lie_beside_the_children(kitchen, tmp_path):
    encoder = (kitchen.folder / "encoder.toml").read_text()
    (kitchen.folder / "first.toml").write_text(encoder.replace('"encoder"', '"first"'))
    (kitchen.folder / "encoder.toml").write_text(
        encoder.replace("[method]", 'weights = { recipe = "first.toml" }\n[method]')
    )
    recipe = kitchen.load()
    folder = tmp_path / "run"
    folder.mkdir()
    recipe.write(folder)
    assert read_recipe(folder / "recipe.toml", kitchen.registry).hash == recipe.hash
    assert sorted(path.name.split("-")[0] for path in (folder / "recipes").iterdir()) == ["encoder", "first", "judge"]


def test_a_default_counts_as_what_a_recipe_would_write(kitchen, site):
    # An integer is a float's default in Python; read back from TOML it is a float.
    module = """
        from pathlib import Path
        def function(x, *, factor: float = 1, where: Path = Path("a"), both: tuple[float, int] = (1, 2)):
            "A loss."
    """
    site.install("acme", {"acme_loss": module}, '"loss", "x", "acme_loss:function", "A loss."')
    kitchen.registry = Registry()
    recipe = kitchen.change('"dtn/f-constancy"\ndistance = "mse"', '"acme/x"')
    assert recipe.resolved()["losses"]["constancy"] == {
        "use": "acme/x",
        "factor": 1.0,
        "where": "a",
        "both": [1.0, 2],
        "weight": 1.0,
        "interval": 1,
    }
    assert kitchen.load(recipe.dumps()).hash == recipe.hash


def test_the_resolved_recipe_is_plain_toml(kitchen):
    assert tomllib.loads(kitchen.load().dumps())["recipe"]["name"] == "transfer"
