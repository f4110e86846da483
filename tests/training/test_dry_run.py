"""What does not fit is found before training, with both components, both shapes and their lines."""

import copy
import re

import numpy as np
import pytest
import torch

from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC
from ganforge.errors import DataError, RecipeError, ShapeError
from ganforge.measuring.evaluator import Evaluator
from ganforge.networks.settings import choose_settings
from ganforge.quantities.planner import make_plan
from ganforge.training.assemble import assemble
from ganforge.training.dry_run import dry_run


def images(name, channels, size=16, labels=True):
    pixels = np.zeros((3, size, size, channels), np.uint8)
    return ImageSet(name, pixels, np.zeros(3, np.int64) if labels else None, 10, SYMMETRIC, "")


def try_out(recipe, source=None, target=None):
    """Dry-run a recipe on given images; the live parts."""
    data = {"source": source or images("source", 3), "target": target or images("target", 1)}
    plan = make_plan(recipe)
    settings = choose_settings("fp32", True, torch.device("cpu"))
    parts = assemble(plan, data, {}, settings)
    evaluator = Evaluator(plan, data, {}, settings)
    dry_run(plan, parts, data, settings, evaluator.needs)
    return parts


def refused(recipe, kind=ShapeError, **data):
    with pytest.raises(kind) as caught:
        try_out(recipe, **data)
    assert caught.value.fix
    return caught.value


def places(recipe, error):
    """The tables that an error names by their lines."""
    lines = recipe.document.path.read_text().split("\n")
    numbers = {int(number) for number in re.findall(r"transfer\.toml:(\d+)", str(error))}
    return {next(line for line in reversed(lines[:number]) if line.startswith("[")) for number in numbers}


def test_a_recipe_that_fits_passes_and_nothing_is_changed(workshop):
    parts = try_out(workshop.recipe())
    assert parts.networks["generator"].training
    assert not parts.networks["encoder"].training
    fresh = try_out(workshop.recipe())
    for role, network in parts.networks.items():
        assert all(
            torch.equal(a, b)
            for a, b in zip(network.state_dict().values(), fresh.networks[role].state_dict().values(), strict=True)
        )
        assert all(parameter.grad is None for parameter in network.parameters())


def test_it_draws_nothing_from_the_random_generator(workshop):
    torch.manual_seed(3)
    expected = torch.rand(2)
    recipe = workshop.changed(('use = "dtn/dtn"', 'use = "dtn/dtn"\nviews = ["basics/noise"]'))
    torch.manual_seed(3)
    try_out(recipe)
    torch.manual_seed(3)
    parts = copy.deepcopy(torch.random.get_rng_state())
    try_out(recipe)
    assert torch.equal(torch.random.get_rng_state(), parts)
    assert torch.equal(torch.rand(2), expected)


def test_a_generator_of_the_wrong_size(workshop):
    recipe = workshop.changed(("[networks.generator]", "[networks.generator]\nimage_size = 32"))
    error = refused(recipe)
    assert "'transferred_source' from the generator 'dtn/digit-generator'" in error.message
    assert "[1, 32, 32] an image" in error.message
    assert "[data.target]" in error.message
    assert "[1, 16, 16]" in error.message
    assert places(recipe, error) == {"[networks.generator]", "[data.target]"}


@pytest.mark.parametrize("channels", [2, 3])
def test_a_generator_of_the_wrong_channels(workshop, channels):
    recipe = workshop.changed(("[networks.generator]", f"[networks.generator]\nout_channels = {channels}"))
    error = refused(recipe)
    assert f"[{channels}, 16, 16] an image" in error.message
    assert "[1, 16, 16]" in error.message
    assert places(recipe, error) == {"[networks.generator]", "[data.target]"}


def test_a_loss_of_shapes_that_would_be_broadcast(workshop):
    recipe = workshop.changed(
        ('[losses.identity]\nuse = "dtn/identity"', '[losses.identity]\nuse = "toys/broadcasting"')
    )
    error = refused(recipe)
    assert "target_code [2, 8] from the encoder 'digits/strided-cnn'" in error.message
    assert "transferred_source [2, 1, 16, 16] from the generator 'dtn/digit-generator'" in error.message


def test_a_discriminator_of_other_images(workshop):
    recipe = workshop.changed(("[networks.discriminator]", "[networks.discriminator]\nin_channels = 3"))
    error = refused(recipe)
    assert "the discriminator 'dtn/digit-discriminator'" in error.message
    assert "transferred_source [2, 1, 16, 16] from the generator 'dtn/digit-generator'" in error.message
    assert places(recipe, error) == {"[networks.discriminator]", "[networks.generator]"}


def test_an_encoder_of_other_images(workshop):
    recipe = workshop.changed(("[networks.encoder]", "[networks.encoder]\nin_channels = 1"))
    error = refused(recipe, source=images("source", 2))
    assert "the encoder 'digits/strided-cnn'" in error.message
    assert "source [2, 2, 16, 16] of [data.source]" in error.message
    assert places(recipe, error) == {"[networks.encoder]", "[data.source]"}


def test_a_code_that_the_generator_cannot_read(workshop):
    recipe = workshop.changed(("[networks.generator]", "[networks.generator]\ncode_dim = 9"))
    error = refused(recipe)
    assert "the generator 'dtn/digit-generator'" in error.message
    assert "source_code [2, 8] from the encoder 'digits/strided-cnn'" in error.message
    assert places(recipe, error) == {"[networks.encoder]", "[networks.generator]"}


DIRECT = ('use = "dtn/dtn"', 'use = "dtn/direct"')
TRANSLATOR = ('use = "dtn/digit-generator"', 'use = "dtn/digit-translator"')


def test_a_generator_that_reads_images_fits_the_method_that_gives_them(workshop):
    parts = try_out(workshop.changed(DIRECT, TRANSLATOR))
    assert parts.networks["generator"].in_channels == 3
    assert parts.networks["generator"].out_channels == 1


def test_a_generator_of_codes_where_images_are_given(workshop):
    recipe = workshop.changed(DIRECT)
    error = refused(recipe)
    assert "dtn/direct gives G images, and the generator DigitGenerator reads codes" in error.message
    assert places(recipe, error) == {"[networks.generator]"}


def test_a_generator_of_images_where_codes_are_given(workshop):
    recipe = workshop.changed(TRANSLATOR)
    error = refused(recipe)
    assert "dtn/dtn gives g codes of f, and the generator DigitTranslator reads images" in error.message
    assert places(recipe, error) == {"[networks.generator]"}


def test_domains_of_two_sizes_where_one_generator_reads_both(workshop):
    recipe = workshop.changed(DIRECT, TRANSLATOR)
    error = refused(recipe, target=images("target", 1, size=32))
    assert "are 16x16, those of [data.target] 32x32" in error.message
    assert places(recipe, error) == {"[networks.generator]"}


def test_labels_that_are_not_there(workshop):
    recipe = workshop.recipe("losses.constancy.distance=cross-entropy")
    error = refused(recipe, DataError, source=images("source", 3, labels=False))
    assert "'source_labels'" in error.message
    assert "[data.source] has no labels" in error.message
    assert places(recipe, error) == {"[data.source]"}


def test_without_a_loss_that_needs_them_labels_may_be_missing(workshop):
    try_out(workshop.recipe(), source=images("source", 3, labels=False), target=images("target", 1, labels=False))


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("vector", r"returns a tensor \[2\], not a scalar"),
        ("number", "returns float, not a scalar tensor"),
        ("detached", "has no gradient"),
    ],
)
def test_a_loss_that_is_no_differentiable_scalar(workshop, loss, said):
    recipe = workshop.changed(('[losses.identity]\nuse = "dtn/identity"', f'[losses.identity]\nuse = "toys/{loss}"'))
    error = refused(recipe)
    assert re.search(f"the loss 'identity' {said}", error.message)
    assert places(recipe, error) == {"[losses.identity]"}


def test_a_metric_that_asks_an_encoder_for_a_head_it_lacks(workshop):
    headless = [
        (
            '[networks.encoder]\nuse = "digits/strided-cnn"\nwidth = 4\ncode_dim = 8',
            '[networks.encoder]\nuse = "toys/flat"',
        ),
        ('{ recipe = "encoder.toml" }', '{ file = "flat.safetensors" }'),
    ]
    recipe = workshop.changed(*headless)
    with pytest.raises(RecipeError) as caught:
        try_out(recipe)
    accuracy, agreement = caught.value.problems
    assert accuracy.message == (
        "the metric 'dtn/encoder-accuracy' asks for 'source_logits', class scores of the encoder, "
        "and 'toys/flat' has no head"
    )
    assert "'dtn/encoder-agreement' asks for 'source_logits'" in agreement.message
    assert accuracy.where == agreement.where == recipe.document.where(("networks", "encoder"))
    without = workshop.changed(
        *headless,
        ("[train]", '[metrics.pixels]\nuse = "toys/mean-pixel"\n[train]'),
    )
    try_out(without)
