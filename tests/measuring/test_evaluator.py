"""What is measured, against a naive computation image by image; and which metrics a recipe may not have."""

import copy
import re

import numpy as np
import pytest
import torch
from torch import nn

from ganforge.errors import RecipeError
from ganforge.measuring import forward
from ganforge.measuring.evaluator import Evaluator

AGREEMENT = "encoder-agreement (circular)"
RECALIBRATE = 'batch_norm = "recalibrated"'


@pytest.fixture
def stepper(workshop):
    """A transfer after a few steps, so that the statistics of batch norm are not those that it began with."""
    stepper = workshop.stepper(workshop.recipe())
    for number in range(3):
        stepper.step(number)
    return stepper


def evaluator(stepper, *, recipe=None, judges=None):
    plan = stepper.plan if recipe is None else evaluate_plan(recipe)
    data = {role: batches.set for role, batches in stepper.batches.items()}
    return Evaluator(plan, data, judges or {}, stepper.settings)


def evaluate_plan(recipe):
    from ganforge.quantities.planner import make_plan

    return make_plan(recipe)


def judge(pictures):
    """A judge by hand: the class is the brightness of the upper left corner."""
    return nn.functional.one_hot(torch.from_numpy(pictures[:, 0, 0, 0].astype(np.int64)) % 10, 10)


@torch.no_grad()
def naive(networks, images):
    """Transfer accuracy, f's accuracy and agreement, one image after another, in eval mode."""
    f, g = (copy.deepcopy(networks[role]).eval() for role in ("encoder", "generator"))
    right = agreed = read = 0
    for pixels, label in zip(images.images, images.labels, strict=True):
        x = torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        y = g(f(x))
        picture = ((y[0].permute(1, 2, 0).clamp(-1, 1) + 1) * 127.5).round().numpy().astype(np.uint8)
        right += int(judge(picture[None]).argmax()) == label
        first, second = (f.classify(f(z)).argmax() for z in (x, y.expand(-1, 3, -1, -1)))
        agreed += int(first == second)
        read += int(first) == label
    return {"transfer-accuracy/corner": right, AGREEMENT: agreed, "encoder-accuracy": read}


@pytest.mark.parametrize("batch_size", [1, 7, 250])
def test_the_metrics_are_those_of_a_naive_computation(workshop, stepper, batch_size):
    images = workshop.images("test", 41, 3, seed=9)
    recipe = workshop.recipe(f"evaluate.batch_size={batch_size}")
    measured = evaluator(stepper, recipe=recipe, judges={"corner": judge}).measure(stepper.parts.networks, images)
    expected = naive(stepper.parts.networks, images)
    assert {name: round(41 * value) for name, value in measured.items()} == expected
    assert 0 < expected[AGREEMENT] < 41


def test_what_lacks_labels_or_judges_is_left_out(workshop, stepper):
    images = workshop.images("test", 5, 3)
    unlabelled = type(images)("test", images.images, None, None, images.normalization, "")
    networks = stepper.parts.networks
    assert set(evaluator(stepper).measure(networks, images)) == {"encoder-accuracy", AGREEMENT}
    assert set(evaluator(stepper).measure(networks, unlabelled)) == {AGREEMENT}


@pytest.mark.parametrize("mode", ["running", "batch", "recalibrated"])
def test_measuring_changes_nothing(workshop, stepper, mode):
    before = {role: copy.deepcopy(network.state_dict()) for role, network in stepper.parts.networks.items()}
    modes = {role: [part.training for part in network.modules()] for role, network in stepper.parts.networks.items()}
    evaluator(stepper).measure(stepper.parts.networks, workshop.images("test", 9, 3), mode)
    for role, network in stepper.parts.networks.items():
        assert all(torch.equal(tensor, before[role][name]) for name, tensor in network.state_dict().items())
        assert [part.training for part in network.modules()] == modes[role]


def mean_output(stepper, recipe, images, mode):
    return evaluator(stepper, recipe=recipe).measure(stepper.parts.networks, images, mode)["pixels/outputs"]


class TestModes:
    """The mean pixel of the outputs in each mode, against networks put into that mode by hand."""

    @pytest.fixture
    def recipe(self, workshop):
        return workshop.changed(
            ("[train]", '[metrics.pixels]\nuse = "toys/mean-pixel"\n[evaluate]\nbatch_size = 6\n[train]')
        )

    @torch.no_grad()
    def expected(self, stepper, images, prepare):
        f, g = (copy.deepcopy(stepper.parts.networks[role]).eval() for role in ("encoder", "generator"))
        prepare(f, g)
        pictures = [images.pictures(g(f(images.tensor(slice(start, start + 6))))) for start in range(0, len(images), 6)]
        return np.concatenate(pictures).mean()

    def test_running(self, workshop, stepper, recipe):
        images = workshop.images("test", 12, 3)
        assert mean_output(stepper, recipe, images, "running") == self.expected(stepper, images, lambda f, g: None)

    def test_batch(self, workshop, stepper, recipe):
        images = workshop.images("test", 12, 3)
        expected = self.expected(stepper, images, lambda f, g: g.train())
        assert mean_output(stepper, recipe, images, "batch") == pytest.approx(expected, abs=1e-6)
        assert expected != self.expected(stepper, images, lambda f, g: None)

    def test_recalibrated(self, workshop, stepper, recipe, monkeypatch):
        monkeypatch.setattr(forward, "CALIBRATION_BATCHES", 3)
        images = workshop.images("test", 12, 3)
        source = stepper.batches["source"].set  # 48 images: the first three batches of six calibrate

        def prepare(f, g):
            for layer in (part for part in g.modules() if isinstance(part, nn.BatchNorm2d)):
                layer.momentum = None
                layer.reset_running_stats()
                layer.train()
            for start in (0, 6, 12):
                g(f(source.tensor(slice(start, start + 6))))
            g.eval()

        expected = self.expected(stepper, images, prepare)
        assert mean_output(stepper, recipe, images, "recalibrated") == pytest.approx(expected, abs=1e-6)

    def test_the_encoder_reads_the_calibration_images_once(self, workshop, stepper):
        """And not at all if the training has a table of its codes."""
        read = []
        encoder = stepper.parts.networks["encoder"]
        encoder.register_forward_hook(lambda module, inputs, output: read.append(len(output)))
        found = evaluator(stepper)
        images = workshop.images("test", 12, 3)
        expected = found.measure(stepper.parts.networks, images, "recalibrated")
        first = sum(read)
        found.measure(stepper.parts.networks, images, "recalibrated")
        assert sum(read) == first + (first - 48)
        read.clear()
        found = evaluator(stepper)
        found.forward.tabulated = stepper.leaves.constants.of
        assert found.measure(stepper.parts.networks, images, "recalibrated") == pytest.approx(expected)
        assert sum(read) == first - 48

    def test_a_step_recalibrates_once(self, workshop, stepper):
        found, made = evaluator(stepper), []
        images = workshop.images("test", 12, 3)
        generator = stepper.parts.networks["generator"]
        generator.register_forward_hook(lambda module, inputs, output: made.append(len(output)))
        for expected in (48 + 12, 12):
            made.clear()
            found.measure(stepper.parts.networks, images, "recalibrated")
            assert sum(made) == expected
        stepper.step(3)
        made.clear()
        found.measure(stepper.parts.networks, images, "recalibrated")
        assert sum(made) == 48 + 12

    def test_settled_networks_measure_the_same_in_running_mode(self, workshop, stepper, recipe):
        images = workshop.images("test", 12, 3)
        recalibrating = workshop.changed(
            (
                "[train]",
                f'[metrics.pixels]\nuse = "toys/mean-pixel"\n[evaluate]\nbatch_size = 6\n{RECALIBRATE}\n[train]',
            )
        )
        judge = evaluator(stepper, recipe=recalibrating)
        expected = judge.measure(stepper.parts.networks, images)
        judge.forward.fix_batch_norm(stepper.parts.networks)
        assert judge.forward.final_mode == "running"
        assert judge.measure(stepper.parts.networks, images, judge.forward.final_mode) == pytest.approx(expected)
        assert expected != mean_output(stepper, recipe, images, "running")

    def test_the_recipe_says_which_is_meant(self, workshop, stepper, recipe):
        batch = workshop.changed(
            (
                "[train]",
                '[metrics.pixels]\nuse = "toys/mean-pixel"\n[evaluate]\nbatch_size = 6\nbatch_norm = "batch"\n[train]',
            )
        )
        images = workshop.images("test", 12, 3)
        found = evaluator(stepper, recipe=batch)
        assert found.measure(stepper.parts.networks, images)["pixels/outputs"] == mean_output(
            stepper, recipe, images, "batch"
        )
        assert found.forward.final_mode == "batch"


@pytest.mark.parametrize("mode", ["batch", "recalibrated"])
def test_frozen_networks_keep_their_own_statistics_in_every_mode(workshop, mode):
    recipe = workshop.changed(
        ("[networks.encoder]", '[networks.encoder]\nnorm = "batch"'),
        ("[train]", '[metrics.code]\nuse = "toys/mean-code"\n[evaluate]\nbatch_size = 6\n[train]'),
    )
    stepper = workshop.stepper(recipe)
    images = workshop.images("test", 12, 3)
    with torch.no_grad():
        expected = stepper.parts.networks["encoder"](images.tensor(slice(None))).mean().item()
    measured = evaluator(stepper).measure(stepper.parts.networks, images, mode)
    assert measured["code"] == pytest.approx(expected, rel=1e-4)


def test_a_metric_gets_pictures_as_a_user_does(workshop, stepper):
    recipe = workshop.changed(("[train]", '[metrics.pixels]\nuse = "toys/mean-pixel"\n[train]'))
    images = workshop.images("test", 12, 3)
    found = evaluator(stepper, recipe=recipe)
    measured = found.measure(stepper.parts.networks, images)
    assert measured["pixels/inputs"] == images.images.mean()
    assert measured["pixels/targets"] == stepper.batches["target"].set.images.mean()
    pictures = found.pictures(stepper.parts.networks, found.forward.inputs(images))
    assert pictures.shape == (12, 16, 16, 1)
    assert pictures.dtype == np.uint8
    assert measured["pixels/outputs"] == pictures.mean()


def test_the_score_is_the_mean_of_the_selecting_metric(stepper):
    found = evaluator(stepper)
    assert found.score({"transfer-accuracy/a": 0.5, "transfer-accuracy/b": 0.75, "encoder-accuracy": 1.0}) == 0.625
    assert found.score({"transfer-accuracy": 0.25}) == 0.25
    assert found.score({"transfer-accuracy/a": 0.5, "transfer-accuracy/b (circular)": 1.0}) == 0.5
    assert found.score({"transfer-accuracy/a (circular)": 0.5, "encoder-accuracy": 1.0}) == 0.5
    assert found.score({"transfer-accuracy (circular)": 0.5}) == 0.5
    assert found.score({"encoder-accuracy": 1.0}) is None


def test_quantities_of_real_images_by_frozen_networks_are_computed_once_for_all(workshop, stepper):
    recipe = workshop.changed(("[train]", '[metrics.real]\nuse = "toys/of-real"\n\n[train]'))
    found, networks = evaluator(stepper, recipe=recipe), stepper.parts.evaluated()
    reads = []
    networks["encoder"].register_forward_hook(lambda _, inputs, __: reads.append(len(inputs[0])))
    training, held_out = found.data["target"], workshop.images("test-target", 20, 1, seed=3)
    read_now = []
    for real in (training, held_out, training, held_out):
        reads.clear()
        values = found.measure(networks, workshop.images("test", 8, 3, seed=1), targets=real)
        read_now.append(len(real) in reads)
        with torch.no_grad():
            code = networks["encoder"](real.tensor(slice(None)).expand(-1, 3, -1, -1))
        assert values["real/mean"] == pytest.approx(float(code.mean()), abs=1e-5)
        assert values["real/rows"] == len(real)
        # Whatever outputs are compared with, the examples are those of the training.
        assert values["real/examples"] == pytest.approx(float(training.images.mean() / 255))
    assert read_now == [True, True, False, False]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("on-target", r"asks for 'transferred_target': it is computed from target, which measuring does not give"),
        ("of-statistic", r"asks for 'source_code_std': it is not computed image by image"),
        ("of-network", r"asks for 'generator': it is not computed image by image"),
    ],
)
def test_a_metric_that_cannot_be_measured_is_refused_with_its_line(workshop, stepper, metric, said):
    recipe = workshop.changed(("[train]", f'[metrics.odd]\nuse = "toys/{metric}"\n\n[train]'))
    with pytest.raises(RecipeError) as caught:
        evaluator(stepper, recipe=recipe)
    (problem,) = caught.value.problems
    assert re.search(said, problem.message)
    line = next(n for n, text in enumerate(recipe.document.path.read_text().split("\n"), 1) if text == "[train]")
    assert problem.where.endswith(f":{line}")


def test_a_metric_of_an_unknown_quantity_lists_what_there_is(workshop, stepper):
    recipe = workshop.changed(
        ("[train]", '[metrics.odd]\nuse = "basics/accuracy"\n[metrics.odder]\nuse = "toys/on-target"\n[train]')
    )
    with pytest.raises(RecipeError) as caught:
        evaluator(stepper, recipe=recipe)
    first, second = caught.value.problems
    assert "no quantity 'logits'" in first.message
    for name in ("source_code", "transferred_source", "labels", "judges"):
        assert name in first.fix
    assert "transferred_target" in second.message
