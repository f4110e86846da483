"""Methods whose outputs are made of given values: trained, stopped and resumed, measured, shown and sampled."""

import re

import numpy as np
import pytest
import torch

from ganforge.errors import DataError, RunError, ShapeError, UsageError
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.trained import Trained
from ganforge.report.facts import Facts
from ganforge.report.page import render
from ganforge.report.pictures import GAP, SCALE
from ganforge.report.readings import load_readings
from ganforge.training.samples import SampleGrid
from stops import assert_same, run_with_stops

CLASSES, SIZE = 5, 8
LEVELS = np.linspace(30, 225, CLASSES)
"""Brightness of the images of each class."""
CGAN = """
[recipe]
name = "cgan"
seed = 2

[data.images]
use = "basics/npz"
path = "grey.npz"

[networks.generator]
use = "conditional/writer"
ema = 0.98

[networks.discriminator]
use = "conditional/critic"

[method]
use = "conditional/cgan"
latent_dim = 3

[losses.adversarial]
use = "gans/hinge"

[optimizers.generator]
use = "basics/adam"
lr = 0.01

[optimizers.discriminator]
use = "basics/adam"
lr = 0.01

[judges.eye]
recipe = "eye.toml"

[train]
steps = 20
batch_size = 20
precision = "fp32"
log_every = 7
sample_every = 9
checkpoint_every = 6
"""
EYE = """
[recipe]
name = "eye"

[data.images]
use = "basics/npz"
path = "grey.npz"

[networks.classifier]
use = "digits/pooled-cnn"
width = 4
code_dim = 8

[method]
use = "basics/classifier"

[losses.classification]
use = "basics/classification"

[train]
steps = 2
batch_size = 10
"""
TRANSLATION = """
[recipe]
name = "translation"

[data.images]
use = "basics/npz"
path = "grey.npz"

[data.test]
use = "basics/npz"
path = "grey.npz"

[networks.generator]
use = "conditional/tint"

[method]
use = "conditional/translation"

[losses.sameness]
use = "conditional/sameness"

[metrics.brightness]
use = "toys/brightness"

[train]
steps = 2
batch_size = 10
"""


def unlabelled(text):
    """A recipe of the images without their labels."""
    return text.replace('grey.npz"', 'unlabelled.npz"\nlabels = ""')


@pytest.fixture(scope="module")
def shop(studio):
    """The studio with images whose class is their brightness."""
    draw = np.random.default_rng(0)
    labels = np.arange(100) % CLASSES
    images = (LEVELS[labels][:, None, None, None] + draw.normal(0, 8, (100, SIZE, SIZE, 1))).clip(0, 255)
    np.savez(studio.root / "grey.npz", images=images.astype(np.uint8), labels=labels)
    np.savez(studio.root / "unlabelled.npz", images=images.astype(np.uint8))
    (studio.root / "eye.toml").write_text(EYE)
    return studio


@pytest.fixture(scope="module")
def finished(shop):
    return shop.run(shop.parse(CGAN.replace("steps = 20", "steps = 400")), shop.root / "finished-cgan")


@pytest.fixture(scope="module")
def translated(shop):
    return shop.run(shop.parse(TRANSLATION), shop.root / "finished-translation")


def trained(shop, run):
    return Trained(run, shop.place.registry, torch.device("cpu"))


def evaluator(shop, recipe):
    stepper = shop.stepper(recipe)
    return Evaluator(stepper.plan, shop.data(recipe), {}, stepper.settings), stepper


def cells(grid, columns, size=SIZE):
    """The pictures of a grid, [rows, columns, size, size]."""
    step = size * SCALE + 2 * GAP
    rows = grid.shape[0] // step
    return np.stack(
        [
            [grid[GAP + row * step :, GAP + column * step :, 0][: size * SCALE : SCALE, : size * SCALE : SCALE]]
            for row in range(rows)
            for column in range(columns)
        ]
    ).reshape(rows, columns, size, size)


class TestCGAN:
    def test_a_given_class_is_what_comes(self, shop, finished):
        model = trained(shop, finished)
        for label in range(CLASSES):
            pictures = model.sample(16, given={"label": label})
            assert pictures.shape == (16, SIZE, SIZE, 1)
            assert np.abs(LEVELS - pictures.mean()).argmin() == label

    def test_each_image_may_have_its_own(self, shop, finished):
        model = trained(shop, finished)
        mixed = model.sample(4, seed=3, given={"label": np.array([4, 0, 4, 0])})
        for index, label in enumerate([4, 0, 4, 0]):
            assert np.array_equal(model.sample(4, seed=3, given={"label": label})[index], mixed[index])

    def test_without_one_every_class_comes(self, shop, finished):
        model = trained(shop, finished)
        brightness = model.sample(200).mean((1, 2, 3))
        assert {int(np.abs(LEVELS - one).argmin()) for one in brightness} == set(range(CLASSES))

    def test_noise_can_be_given_too(self, shop, finished):
        model = trained(shop, finished)
        pictures = model.sample(3, given={"latent": [0.5, -1, 2.0], "label": 1})
        assert np.array_equal(pictures[0], pictures[2])

    @pytest.mark.parametrize(
        ("value", "fix"),
        [
            (CLASSES, "from 0 to 4"),
            (-1, "one integer"),
            (1.0, "one integer"),
            (True, "one integer"),
            ("three", "one integer"),
            ([1, 2], "one integer"),
            (None, "one integer"),
            (10**30, "one integer"),
        ],
    )
    def test_what_is_no_class_is_one_message(self, shop, finished, value, fix):
        with pytest.raises(UsageError, match="label cannot be") as caught:
            trained(shop, finished).sample(3, given={"label": value})
        assert fix in caught.value.fix

    @pytest.mark.parametrize("value", [0.5, [0.1, 0.2], [0.1, 0.2, float("nan")]])
    def test_a_wrong_latent_is_one_message(self, shop, finished, value):
        with pytest.raises(UsageError, match="latent cannot be") as caught:
            trained(shop, finished).sample(4, given={"latent": value})
        assert "numbers [3]" in caught.value.fix

    def test_an_unknown_input_lists_those_there_are(self, shop, finished):
        with pytest.raises(UsageError, match="there is no input 'lable' to give") as caught:
            trained(shop, finished).sample(3, given={"lable": 3})
        assert "latent, label" in caught.value.fix

    def test_judges_measure_the_classes_of_the_draws(self, finished):
        [readings] = load_readings(finished.readings)
        assert (readings.name, readings.images, readings.classes) == ("samples", 100, CLASSES)
        assert set(np.unique(readings.labels)) == set(range(CLASSES))
        facts = Facts(finished)
        assert set(facts.sets["samples"]) == {"accuracy/eye", "images"}
        assert "accuracy/eye" in render(finished, finished.path)

    def test_stopped_and_resumed_it_ends_with_the_same_bits(self, shop, tmp_path):
        recipe = shop.parse(CGAN)
        straight = shop.run(recipe, tmp_path / "straight")
        stopped = run_with_stops(shop, recipe, tmp_path / "stopped", {3, 4, 14})
        assert_same(shop, straight, stopped)

    def test_the_grid_shows_one_class_a_row_of_the_same_noise(self, shop, finished):
        found, _ = evaluator(shop, shop.parse(CGAN))
        networks = trained(shop, finished).networks
        grid = cells(SampleGrid(found, None).picture(networks), 8)
        assert grid.shape[:2] == (CLASSES, 8)
        latent = found.forward.drawn("grid", 8).rows["latent"]
        for label in range(CLASSES):
            rows = networks["generator"](latent, torch.full((8,), label))
            assert np.array_equal(grid[label][..., None], found.data["images"].pictures(rows))

    def test_labels_count_as_used_by_the_losses(self, shop):
        assert shop.stepper(shop.parse(CGAN)).plan.labels_used == ["label"]

    def test_it_cannot_be_trained_without_labels(self, shop, tmp_path):
        text = re.sub(r'(writer|critic)"', r'\1"\nclasses = 5', unlabelled(CGAN))
        with pytest.raises(DataError, match="made of 'label', and there are no labels") as caught:
            shop.run(shop.parse(text), tmp_path / "run")
        assert caught.value.where.endswith("transfer.toml:6")


STYLED = (
    CGAN.replace("conditional/cgan", "conditional/styled")
    .replace("latent_dim = 3", "latent_dim = 5")
    .replace("conditional/writer", "gans/dcgan-generator")
    .replace('conditional/critic"', 'gans/dcgan-discriminator"\nnorm = "none"')
    .replace("steps = 20", "steps = 2")
)


@pytest.fixture(scope="module")
def styled(shop):
    return shop.run(shop.parse(STYLED), shop.root / "finished-styled")


class TestStyle:
    def test_it_is_drawn_or_given(self, shop, styled):
        model = trained(shop, styled)
        assert model.counts == {}
        fixed = [model.sample(6, given={"style": style}) for style in ([0, 0, 0], [1, 1, 1], [1.0, 1.0, 1.0])]
        assert not np.array_equal(fixed[0], fixed[1])
        assert np.array_equal(fixed[1], fixed[2])
        drawn = model.forward.drawn("drawn", 6, seed=0).rows["style"].numpy()
        assert np.array_equal(model.sample(6, given={"style": drawn}), model.sample(6))

    def test_it_takes_the_precision_of_the_run(self, shop):
        found, _ = evaluator(shop, shop.parse(STYLED.replace('"fp32"', '"fp64"')))
        values = found.forward.values({}, found.forward.drawn("x", 2), slice(0, 2))
        assert values["style"].dtype == torch.float64


class TestTranslation:
    def test_classes_are_given(self, shop, translated):
        model, images = trained(shop, translated), shop.images("photos", 3, 1, size=SIZE).images
        outputs = [model(images, given={"label": label}) for label in (0, 3)]
        assert not np.array_equal(*outputs)
        assert np.array_equal(model(images, given={"label": [0, 3, 0]})[1], outputs[1][1])

    def test_without_them_it_says_what_is_missing(self, shop, translated):
        with pytest.raises(DataError, match="made of 'label', and there are no labels") as caught:
            trained(shop, translated)(shop.images("photos", 3, 1, size=SIZE).images)
        assert "--given label=0" in caught.value.fix

    def test_images_cannot_be_given(self, shop, translated):
        with pytest.raises(UsageError, match="no input 'images' to give") as caught:
            trained(shop, translated)(shop.images("photos", 3, 1, size=SIZE).images, given={"images": 0})
        assert caught.value.fix.endswith(": label")

    def test_it_makes_nothing_of_noise(self, shop, translated):
        with pytest.raises(RunError, match="makes no images of noise"):
            trained(shop, translated).sample(3, given={"label": 0})

    def test_test_images_bring_their_own(self, shop):
        found, _ = evaluator(shop, shop.parse(TRANSLATION))
        images = shop.images("test", 7, 1, size=SIZE)
        assert torch.equal(found.forward.inputs(images).rows["label"], torch.from_numpy(images.labels))

    def test_test_images_without_labels_are_found_before_training(self, shop, tmp_path):
        start, test = TRANSLATION.split("[data.test]")
        text = f"{start}[data.test]{unlabelled(test)}"
        with pytest.raises(DataError, match="there are no labels to take it from") as caught:
            shop.run(shop.parse(text), tmp_path / "run")
        assert caught.value.where.endswith("transfer.toml:9")
        assert not (tmp_path / "run" / "checkpoints").exists()

    def test_the_grid_shows_the_images_and_below_them_one_class_a_row(self, shop):
        recipe = shop.parse(TRANSLATION)
        found, stepper = evaluator(shop, recipe)
        grid = cells(SampleGrid(found, shop.data(recipe)["images"]).picture(stepper.parts.networks), 8)
        assert grid.shape[:2] == (1 + CLASSES, 8)
        chosen = np.linspace(0, 99, 8).astype(int)
        assert np.array_equal(grid[0], shop.data(recipe)["images"].images[chosen][..., 0])
        made = trained_like(found, stepper, chosen, 2)
        assert np.array_equal(grid[3][..., None], made)


def trained_like(found, stepper, chosen, label):
    """Outputs for some of the training images, as of one class."""
    images = found.data["images"]
    output = stepper.parts.networks["generator"](images.tensor(chosen), torch.full((len(chosen),), label))
    return images.pictures(output)


class TestDomains:
    def recipe(self, shop, method="domains"):
        return shop.parse(TRANSLATION.replace("conditional/translation", f"conditional/{method}"))

    def test_in_training_it_is_the_label(self, shop):
        stepper = shop.stepper(self.recipe(shop))
        values = stepper.leaves.values(0)
        assert torch.equal(values["domain"], values["label"])
        assert values["domain"].dtype == torch.int64
        assert stepper.plan.labels_used == ["label"]

    def test_in_measuring_it_is_drawn(self, shop):
        found, _ = evaluator(shop, self.recipe(shop))
        rows = found.forward.inputs(shop.images("test", 200, 1, size=SIZE)).rows["domain"]
        assert rows.unique().tolist() == list(range(10))

    def test_what_is_drawn_as_another_type_is_found_before_training(self, shop, tmp_path):
        with pytest.raises(ShapeError, match=r"drawn as float32 \[2, 1\] and trained from 'label', int64 \[2\]"):
            shop.run(self.recipe(shop, "mistyped"), tmp_path / "run")
