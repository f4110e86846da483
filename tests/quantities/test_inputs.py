"""A method that makes its outputs of noise: what is drawn and when, and what is measured and kept of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganforge.errors import RecipeError, RunError, UsageError
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.image_sets import ImageSets
from ganforge.measuring.trained import Trained
from ganforge.quantities.inputs import Inputs, draw, given_rows
from ganforge.recipe.document import parse_document
from ganforge.report.facts import Facts
from ganforge.report.page import render
from ganforge.report.readings import load_readings
from ganforge.training.samples import SampleGrid
from stops import assert_same, run_with_stops

WGAN = """
[recipe]
name = "wgan"
seed = 3

[data.images]
use = "basics/npz"
path = "writing.npz"

[networks.generator]
use = "gans/dcgan-generator"
width = 4
ema = 0.9

[networks.discriminator]
use = "gans/dcgan-discriminator"
norm = "none"
width = 4

[method]
use = "gans/unconditional"
latent_dim = 5
views = ["basics/cutout"]

[losses.adversarial]
use = "gans/wasserstein"

[losses.gradient-penalty]
use = "gans/gradient-penalty"
weight = 10.0

[phases.discriminator]
update = "discriminator"
repeat = 3
fresh = true

[phases.generator]
update = "generator"

[judges.pooled]
recipe = "judge.toml"

[train]
steps = 12
batch_size = 6
precision = "fp32"
log_every = 5
sample_every = 5
checkpoint_every = 4
"""
D_PHASE = "repeat = 3\nfresh = true"


@pytest.fixture
def wgan(workshop):
    """The recipe, with pieces of its text replaced."""

    def changed(*changes):
        text = WGAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return workshop.parse(text)

    return changed


@pytest.fixture
def drawn(monkeypatch):
    """The draws that steps have asked for: the seeds of the noise, and the numbers of the batches."""
    found = {"latent": [], "images": []}

    def watch(stepper):
        leaf = stepper.leaves._leaf

        def watched(name, number):
            found.setdefault(name, []).append(number)
            return leaf(name, number)

        monkeypatch.setattr(stepper.leaves, "_leaf", watched)
        return found

    return watch


class TestDraws:
    def test_noise_is_a_function_of_the_seed_the_name_and_the_batch(self, workshop, wgan):
        def latent(number, *changes):
            return workshop.stepper(wgan(*changes)).leaves._leaf("latent", number)

        assert torch.equal(latent(0), latent(0))
        assert latent(0).shape == (6, 5)
        assert not torch.equal(latent(0), latent(1))
        assert not torch.equal(latent(0), latent(0, ("seed = 3", "seed = 4")))

    def test_other_randomness_leaves_it_alone(self, workshop, wgan):
        stepper = workshop.stepper(wgan())
        before = torch.random.get_rng_state()
        first = stepper.leaves._leaf("latent", 0)
        assert torch.equal(torch.random.get_rng_state(), before)
        torch.rand(3)
        assert torch.equal(stepper.leaves._leaf("latent", 0), first)

    def test_all_updates_of_a_step_share_its_batch(self, workshop, wgan, drawn):
        stepper = workshop.stepper(wgan((D_PHASE, "repeat = 3")))
        seen = drawn(stepper)
        stepper.step(0)
        stepper.step(1)
        assert seen["images"] == seen["latent"] == [0, 1]

    def test_fresh_updates_draw_their_own_and_those_after_them_go_on_with_the_last(self, workshop, wgan, drawn):
        stepper = workshop.stepper(wgan())
        seen = drawn(stepper)
        stepper.step(0)
        stepper.step(1)
        # Three of D; g makes use of the noise of the last.
        assert seen["images"] == seen["latent"] == [0, 1, 2, 3, 4, 5]

    def test_a_phase_that_is_not_on_draws_nothing(self, workshop, wgan, drawn):
        stepper = workshop.stepper(wgan((D_PHASE, f"{D_PHASE}\ninterval = 2")))
        seen = drawn(stepper)
        stepper.step(1)
        assert seen["latent"] == [3]
        stepper.step(2)
        assert seen["latent"] == [3, 6, 7, 8]

    def test_what_goes_through_noise_is_never_tabulated(self, workshop, wgan):
        graph = workshop.stepper(wgan()).plan.graph
        frozen = {"generator", "discriminator"}
        assert graph.constants(["interpolate_gradient", "generated_verdict"], frozen, []) == []
        assert graph.constants(["real_gradient"], frozen, []) == ["real_gradient"]


def test_fresh_without_repeat_is_a_mistake(wgan):
    with pytest.raises(RecipeError, match=r"makes one update a step: there is none after the first to draw for"):
        wgan((D_PHASE, "fresh = true"))


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            '[data.test]\nuse = "basics/npz"\npath = "writing.npz"',
            r"\[data.test\] would go unused: outputs are made of",
        ),
        (
            '[data.test-images]\nuse = "basics/npz"\npath = "writing.npz"\nvalidation = 3',
            r"validation images are held out of \[data.images\]",
        ),
    ],
)
def test_images_that_nothing_is_made_of_are_a_mistake(wgan, after, message):
    with pytest.raises(RecipeError, match=message):
        wgan(("[train]", f"{after}\n[train]"))


def test_a_number_of_samples_is_for_noise_alone(workshop):
    with pytest.raises(RecipeError, match="all test images are measured"):
        workshop.recipe("evaluate.samples=10")


def test_stopped_and_resumed_it_ends_with_the_same_bits(workshop, wgan, tmp_path):
    recipe = wgan()
    straight = workshop.run(recipe, tmp_path / "straight")
    stopped = run_with_stops(workshop, recipe, tmp_path / "stopped", {3, 4, 8})
    assert_same(workshop, straight, stopped)


class TestMeasuring:
    def evaluator(self, workshop, recipe):
        stepper = workshop.stepper(recipe)
        data = {role: batches.set for role, batches in stepper.batches.items()}
        return Evaluator(stepper.plan, data, {}, stepper.settings), stepper

    def test_there_are_as_many_draws_as_real_images_unless_the_recipe_says(self, workshop, wgan):
        evaluator, _ = self.evaluator(workshop, wgan())
        sets = ImageSets(evaluator.data, None, {}, None)
        assert {name: len(drawn) for name, drawn in evaluator.inputs(sets).items()} == {"samples": 50}
        assert len(evaluator.inputs(replace(sets, held_out=workshop.images("held out", 7, 1)))["samples"]) == 7
        evaluator, _ = self.evaluator(workshop, wgan(("[train]", "[evaluate]\nsamples = 9\n[train]")))
        assert len(evaluator.inputs(sets)["samples"]) == 9

    def test_images_have_no_draws(self, workshop):
        evaluator, _ = self.evaluator(workshop, workshop.recipe())
        images = workshop.images("test", 7, 3)
        assert evaluator.inputs(ImageSets({}, None, {"test": images}, None))["test"].rows == {}

    @pytest.mark.parametrize("metric", ["basics/transfer-accuracy", "basics/untransferred-accuracy"])
    def test_noise_has_no_labels_and_is_no_picture(self, workshop, wgan, metric):
        recipe = wgan(("[train]", f'[metrics.one]\nuse = "{metric}"\n[train]'))
        with pytest.raises(RecipeError, match=r"asks for '(labels|inputs)'"):
            self.evaluator(workshop, recipe)

    def test_the_grid_shows_the_same_noise_each_time(self, workshop, wgan):
        evaluator, stepper = self.evaluator(workshop, wgan())
        samples = SampleGrid(evaluator, None)
        before = samples.picture(stepper.parts.evaluated())
        assert np.array_equal(samples.picture(stepper.parts.evaluated()), before)
        stepper.step(0)
        assert not np.array_equal(samples.picture(stepper.parts.evaluated()), before)

    @pytest.mark.parametrize("mode", ["running", "batch", "recalibrated"])
    def test_every_mode_of_batch_norm_measures(self, workshop, wgan, mode):
        evaluator, stepper = self.evaluator(
            workshop, wgan(("[train]", '[metrics.brightness]\nuse = "toys/brightness"\n[train]'))
        )
        values = evaluator.measure(stepper.parts.evaluated(), evaluator.forward.drawn("samples", 20), mode)
        assert 0 < values["brightness/outputs"] < 255


def test_draws_come_from_the_generator_alone():
    class Coin:
        def coin(self, count, generator):
            return torch.randint(2, (count, 1), generator=generator).float()

    assert torch.equal(draw(Coin(), "coin", 20, 1), draw(Coin(), "coin", 20, 1))
    assert not torch.equal(draw(Coin(), "coin", 20, 1), draw(Coin(), "coin", 20, 2))


def test_inputs_come_in_even_blocks():
    inputs = Inputs("drawn", None, {"coin": torch.zeros(64, 1)})
    assert [len(inputs.rows["coin"][block]) for block in inputs.blocks(30)] == [21, 21, 22]
    assert (len(inputs), inputs.labels, inputs.classes) == (64, None, None)


class TestGivenRows:
    CLASSES = torch.zeros(3, dtype=torch.int64)
    STYLES = torch.zeros(3, 2)

    @pytest.mark.parametrize("value", [2, np.int32(2), [2, 2, 2], np.array([2, 2, 2], np.uint8), torch.tensor(2)])
    def test_a_class_for_all_or_one_for_each(self, value):
        rows = given_rows("label", value, self.CLASSES, 3)
        assert rows.tolist() == [2, 2, 2]
        assert rows.dtype == torch.int64

    @pytest.mark.parametrize("value", [[1, 2], [1.0, 2.0], [[1, 2]] * 3, np.array([1, 2], np.float64)])
    def test_a_style_for_all_or_one_for_each(self, value):
        rows = given_rows("style", value, self.STYLES, None)
        assert rows.tolist() == [[1, 2]] * 3
        assert rows.dtype == torch.float32

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(3, "3"), ([0, 1], r"\[0, 1\]"), ([[0, 1, 2]], "label"), (np.ones((2, 2)), r"float64 \[2, 2\]"), ({}, "{}")],
    )
    def test_anything_else_is_a_mistake(self, value, shown):
        with pytest.raises(UsageError, match=f"label cannot be {shown}" if shown != "label" else shown) as caught:
            given_rows("label", value, self.CLASSES, 3)
        assert caught.value.fix == "give one integer from 0 to 2, or 3 of them, one a row"


def test_inputs_for_each_class_are_all_rows_once_a_class(workshop):
    images = workshop.images("some", 2, 3)
    inputs = Inputs("some", images, {"latent": torch.tensor([[1.0], [2.0]]), "label": torch.tensor([7, 7])})
    each = inputs.for_each("label", np.array([0, 4]))
    assert (each.rows["label"].tolist(), each.rows["latent"].flatten().tolist()) == ([0, 0, 4, 4], [1, 2, 1, 2])
    assert np.array_equal(each.images.images, np.concatenate([images.images] * 2))
    assert len(each) == 4


@pytest.fixture(scope="module")
def finished(studio):
    recipe = studio.parse(WGAN.replace("steps = 12", "steps = 2"))
    return studio.run(recipe, studio.root / "finished-wgan")


class TestTheResult:
    def trained(self, workshop, run):
        return Trained(run, workshop.place.registry, torch.device("cpu"))

    def test_it_makes_images_of_noise(self, workshop, finished):
        trained = self.trained(workshop, finished)
        pictures = trained.sample(10, seed=1)
        assert (pictures.shape, pictures.dtype) == ((10, 16, 16, 1), np.uint8)
        assert np.array_equal(trained.sample(10, seed=1), pictures)
        assert not np.array_equal(trained.sample(10, seed=2), pictures)

    def test_it_takes_no_images(self, workshop, finished):
        trained = self.trained(workshop, finished)
        with pytest.raises(RunError, match="makes its images of noise") as caught:
            trained(np.zeros((1, 16, 16, 1), np.uint8))
        assert "ganforge sample" in caught.value.fix
        with pytest.raises(RunError, match="makes its images of noise"):
            trained.image_size  # noqa: B018

    def test_a_transfer_makes_no_images_of_noise(self, workshop, tmp_path):
        run = workshop.run(workshop.recipe("train.steps=1"), tmp_path / "transfer")
        with pytest.raises(RunError, match="makes no images of noise") as caught:
            self.trained(workshop, run).sample(3)
        assert "ganforge transfer" in caught.value.fix

    def test_what_it_has_measured_is_kept_without_pairs(self, finished):
        [readings] = load_readings(finished.readings)
        assert (readings.name, readings.images, readings.pairs) == ("samples", 50, None)
        assert [reader.name for reader in readings.readers] == ["pooled"]

    def test_its_page_speaks_of_noise(self, finished):
        facts = Facts(finished)
        assert (facts.transfer, facts.imitated) == (None, "basics/npz")
        page = render(finished, finished.path)
        assert "How close do images made of noise come to those of basics/npz?" in page
        assert "What the same noise became" in page
        assert "ganforge sample" in page
        assert "frechet-distance/pooled" in page
        assert 'id="pairs"' not in page


def test_a_recipe_with_noise_resolves_to_itself(workshop, wgan):
    recipe = wgan(("[train]", "[evaluate]\nsamples = 9\n[train]"))
    again = workshop.parse(recipe.dumps().replace('"recipes/', '"'))
    assert again.identity() == recipe.identity()
    assert parse_document(recipe.dumps(), workshop.root / "x.toml").data["phases"]["discriminator"]["fresh"] is True
