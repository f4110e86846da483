"""Images that belong together, one to one: drawn, changed, held out and measured together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganforge.engine.stages import load_data
from ganforge.errors import DataError, RecipeError
from ganforge.measuring.image_sets import sort_images
from ganforge.measuring.trained import Trained
from ganforge.quantities.planner import plan_all
from ganforge.runs import strict_json
from stops import assert_same, run_with_stops

RECIPE = """
[recipe]
name = "pairs"
[data.sketch]
use = "basics/npz"
path = "sketch.npz"
validation = 12
augment = [
    "basics/affine",
]
[data.picture]
use = "basics/npz"
path = "picture.npz"
[data.test]
use = "basics/npz"
path = "test-sketch.npz"
[data.test-picture]
use = "basics/npz"
path = "test-picture.npz"
[networks.painter]
use = "pairs/painter"
[method]
use = "pairs/painting"
[losses.apart]
use = "pairs/apart"
[metrics.psnr]
use = "basics/psnr"
[metrics.largest]
use = "pairs/largest"
[train]
steps = 60
batch_size = 8
precision = "fp32"
select = "psnr"
validate_every = 20
checkpoint_every = 7
"""
DECLARED = 'use = "pairs/painting"'
LABELS = 'labels = ""'
CHOSEN = ('path = "picture.npz"', 'path = "picture.npz"\npaired_with = "sketch"')


def arrays(seed: int, count: int) -> dict[str, np.ndarray]:
    """Sketches, sorted by class, and their negatives, not quite: some noise."""
    draw = np.random.default_rng(seed)
    sketches = draw.integers(0, 256, (count, 8, 8, 1), np.uint8)
    pictures = np.clip(255 - sketches.astype(int) + draw.integers(-3, 4, sketches.shape), 0, 255).astype(np.uint8)
    return {"sketch": sketches, "picture": pictures, "labels": np.repeat([0, 1, 2], -(-count // 3))[:count]}


TRAIN, TEST = arrays(0, 60), arrays(1, 20)


@pytest.fixture
def shop(workshop, tmp_path):
    for prefix, found in (("", TRAIN), ("test-", TEST)):
        np.savez(tmp_path / f"{prefix}sketch.npz", images=found["sketch"], labels=found["labels"])
        # The pictures need no labels: those of the sketches say which are used.
        np.savez(tmp_path / f"{prefix}picture.npz", images=found["picture"], labels=np.zeros(0, int))
    np.savez(tmp_path / "few.npz", images=TRAIN["picture"][:50])
    place = replace(workshop.place, data_root=tmp_path, cache=tmp_path / "cache")
    return replace(workshop, root=tmp_path, place=place)


def recipe(shop, *changes):
    text = RECIPE.replace('picture.npz"', 'picture.npz"\nlabels = ""')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return shop.parse(text)


def decibels(outputs, partners):
    errors = ((outputs.astype(float) - partners) ** 2).mean((1, 2, 3))
    return (10 * np.log10(255**2 / errors)).mean()


def together(images):
    """The sum of a sketch and its picture in [-1, 1], which is small where they belong together."""
    return (images["sketch"] + images["picture"]).abs().amax((1, 2, 3))


class TestTraining:
    @pytest.mark.parametrize(
        "changes", [(), ((DECLARED, 'use = "pairs/translation"'), CHOSEN)], ids=["method", "recipe"]
    )
    def test_pairs_are_drawn_and_moved_together(self, shop, changes):
        batches = shop.stepper(recipe(shop, *changes)).batches
        for step in (0, 5, 11):
            assert np.array_equal(batches["sketch"].indices(step), batches["picture"].indices(step))
            assert together({role: batches[role].images(step) for role in batches}).max() < 8 / 255
            assert batches["sketch"].images(step).shape == batches["picture"].images(step).shape
        assert not torch.equal(batches["sketch"].images(0), batches["sketch"].set.tensor(batches["sketch"].indices(0)))

    def test_what_is_not_paired_is_apart(self, shop):
        unpaired = recipe(
            shop, (DECLARED, 'use = "pairs/translation"'), ("[metrics.psnr]", "[metrics.none]"),
            ('"basics/psnr"', '"toys/brightness"'), ('select = "psnr"\n', ""),
            ('[metrics.largest]\nuse = "pairs/largest"\n', ""), ('labels = ""', 'labels = ""\nlimit = 48'),
        )  # fmt: skip
        batches = shop.stepper(unpaired).batches
        assert together({role: batches[role].images(0) for role in batches}).min() > 0.5

    def test_other_changes_are_of_each_role_alone(self, shop):
        invert = '{ use = "basics/color", invert = 1.0, brightness = 0.0, contrast = 0.0 },\n    "basics/affine"'
        changed = recipe(shop, ('"basics/affine"', invert), ('labels = ""', 'labels = ""\naugment = ["basics/noise"]'))
        batches = shop.stepper(changed).batches
        images = {role: batches[role].images(3) for role in batches}
        # The sketch is inverted, and so like its picture, which has some noise of its own.
        assert 0 < (images["sketch"] - images["picture"]).abs().mean() < 0.1
        plain = shop.stepper(recipe(shop, ('"basics/affine"', invert))).batches
        assert torch.equal(plain["sketch"].images(3), images["sketch"])
        assert not torch.equal(plain["picture"].images(3), images["picture"])
        assert torch.allclose(plain["sketch"].images(3), plain["picture"].images(3), atol=8 / 255)

    def test_augmentations_that_change_move_both_alike(self, shop):
        half = '{ use = "basics/affine", probability = { use = "basics/ramp", length = 30 }, strength = 0.5 }'
        batches = shop.stepper(recipe(shop, ('"basics/affine"', half))).batches
        assert together({role: batches[role].images(20) for role in batches}).max() < 8 / 255

    def test_it_learns_what_only_pairs_can_teach(self, shop, tmp_path):
        run = shop.run(recipe(shop), tmp_path / "run")
        painter = Trained(run, shop.place.registry, shop.place.device).networks["painter"]
        assert float(painter.gain) == pytest.approx(-1, abs=0.1)

    def test_stopped_and_resumed_it_ends_with_the_same_bits(self, shop, tmp_path):
        made = recipe(shop)
        straight = shop.run(made, tmp_path / "straight")
        stopped = run_with_stops(shop, made, tmp_path / "stopped", {4, 31})
        assert_same(shop, straight, stopped)


class TestMeasuring:
    @pytest.mark.parametrize(
        "ranges", ["validation = 12", "validation = 12\nrange = [3, 50]", "validation = 6\nclasses = [2, 0]"]
    )
    def test_each_output_is_compared_with_its_own_partner(self, shop, tmp_path, ranges):
        made = recipe(shop, ("validation = 12", ranges))
        run = shop.run(made, tmp_path / "run")
        found = strict_json.loads(run.metrics.read_bytes())["sets"]
        trained = Trained(run, shop.place.registry, shop.place.device)
        assert found["test"]["psnr"] == pytest.approx(decibels(trained(TEST["sketch"]), TEST["picture"]))
        held_out = load_data(made, shop.place)["sketch"].validation.images
        places = [np.flatnonzero((TRAIN["sketch"] == image).all((1, 2, 3))).item() for image in held_out]
        assert {TRAIN["labels"][place] for place in places} == ({0, 2} if "classes" in ranges else {0, 1, 2})
        expected = decibels(trained(TRAIN["sketch"][places]), TRAIN["picture"][places])
        assert found["validation"]["psnr"] == pytest.approx(expected)
        assert expected > 25

    def test_quantities_of_both_roles_are_measured(self, shop, tmp_path):
        run = shop.run(recipe(shop), tmp_path / "run")
        found = strict_json.loads(run.metrics.read_bytes())["sets"]
        outputs = Trained(run, shop.place.registry, shop.place.device).outputs(TEST["sketch"])
        pictures = torch.from_numpy(TEST["picture"] / 127.5 - 1).permute(0, 3, 1, 2)
        assert found["test"]["largest"] == pytest.approx(
            float((outputs - pictures).square().mean((1, 2, 3)).max()), rel=1e-4
        )

    def test_test_images_without_partners_lack_what_needs_them(self, shop, tmp_path):
        more = (
            "[networks.painter]",
            '[data.test-more]\nuse = "basics/npz"\npath = "test-sketch.npz"\n[networks.painter]',
        )
        run = shop.run(recipe(shop, more, ("steps = 60", "steps = 2")), tmp_path / "run")
        sets = strict_json.loads(run.metrics.read_bytes())["sets"]
        assert sets["test"].keys() == {"images", "psnr", "largest"}
        assert sets["test-more"].keys() == {"images"}
        assert "test-picture" not in sets

    def test_targets_are_the_partners_where_there_are_some(self, shop):
        made = recipe(shop)
        sets = sort_images(made, load_data(made, shop.place))
        assert {name: list(found) for name, found in sets.partners.items()} == {
            "validation": ["picture"],
            "test": ["picture"],
        }
        assert list(sets.measured) == ["validation", "test"]
        assert sets.held_out is sets.partners["test"]["picture"]

    def test_partners_of_several_test_sets(self, shop):
        more = '[data.test-b]\nuse = "basics/npz"\npath = "sketch.npz"\n[data.test-b-picture]\nuse = "basics/npz"\n'
        more += 'path = "picture.npz"\nlabels = ""\n[networks.painter]'
        made = recipe(
            shop, ("[networks.painter]", more), ('picture.npz"\nlabels = ""', 'picture.npz"\nlabels = ""\nresize = 6')
        )
        sets = sort_images(made, load_data(made, shop.place))
        assert list(sets.measured) == ["validation", "test", "test-b"]
        assert [len(sets.partners[name]["picture"]) for name in ("test", "test-b")] == [20, 60]
        # It is prepared as the role is that it stands for.
        assert sets.partners["test-b"]["picture"].images.shape[1:] == (6, 6, 1)


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new", "key", "message", "fix"),
        [
            (LABELS, "limit = 3", "limit", "belong to those of [data.sketch]", "limit in [data.sketch]"),
            (LABELS, "skip = 3", "skip", "belong to those of [data.sketch]", "skip in [data.sketch]"),
            (LABELS, "range = [0, 3]", "range", "belong to those of [data.sketch]", "range in [data.sketch]"),
            (LABELS, "classes = [1]", "classes", "belong to those of [data.sketch]", "classes in [data.sketch]"),
            (LABELS, "validation = 3", "validation", "validation images are held out of [data.sketch]", "remove"),
            (
                LABELS,
                'paired_with = "test"',
                "paired_with",
                "the method pairs [data.picture] with [data.sketch]",
                "remove",
            ),
            (
                LABELS,
                'augment = ["basics/noise", "basics/affine"]',
                "augment.1",
                "'basics/affine' moves pixels",
                "alone",
            ),
            ('path = "sketch.npz"', 'paired_with = "pictures"', "paired_with", "no table [data.pictures]", "mean"),
            (
                'path = "sketch.npz"',
                'paired_with = "sketch"',
                "paired_with",
                "no table [data.sketch]",
                "tables: picture",
            ),
            (
                'path = "sketch.npz"',
                'paired_with = "picture"',
                "paired_with",
                "[data.picture] is itself paired with",
                "remove one",
            ),
            ('path = "test-sketch.npz"', 'paired_with = "sketch"', "paired_with", "stands for no role", "[data.test-R"),
        ],
    )
    def test_in_tables_are_found_with_the_recipe(self, shop, old, new, key, message, fix):
        with pytest.raises(RecipeError) as caught:
            recipe(shop, (old, f"{old}\n{new}"))
        [problem] = [problem for problem in caught.value.problems if message in problem.message]
        assert problem.key.partition(".")[2].partition(".")[2] == key
        assert fix in problem.fix
        assert problem.where.startswith(str(shop.root / "transfer.toml:"))

    def test_metrics_of_partners_need_pairs(self, shop):
        unpaired = recipe(shop, (DECLARED, 'use = "pairs/translation"'))
        with pytest.raises(RecipeError) as caught:
            plan_all(unpaired)
        messages = [(problem.key, problem.message, problem.fix) for problem in caught.value.problems]
        assert messages[0][:2] == (
            "metrics.psnr",
            "the metric 'basics/psnr' compares each output with its partner, and [data.picture] is paired with nothing",
        )
        assert 'paired_with = "sketch" in [data.picture]' in messages[0][2]
        assert "it is computed from picture, which measuring does not give" in messages[1][1]

    def test_datasets_of_different_lengths(self, shop):
        few = recipe(shop, ('"picture.npz"', '"few.npz"'))
        with pytest.raises(DataError, match=r"\[data.picture\] has 50 images, and \[data.sketch\] 60") as caught:
            load_data(few, shop.place)
        assert "transfer.toml:" in caught.value.where
