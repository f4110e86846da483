"""Images of 96x64 pixels from file to picture: trained on, transferred, made of noise, and shown."""

import numpy as np
import pytest
from PIL import Image

from ganforge.errors import RecipeError, ShapeError
from ganforge.measuring.trained import Trained
from ganforge.report.pictures import COLUMNS, GAP, SCALE
from small_run import GAN, variant

SIZES = (
    ('path = "street.npz"\n', 'path = "street.npz"\nresize = [96, 64]\n'),
    ('path = "writing.npz"\n', 'path = "writing.npz"\nresize = [96, 64]\n'),
    ('{ recipe = "encoder.toml" }', '{ recipe = "encoder.toml", set = { "data.images.resize" = [96, 64] } }'),
    ("steps = 8", "steps = 2"),
)
TALL = variant(
    GAN,
    {
        "data.images": {"use": "basics/npz", "path": "street.npz", "resize": [96, 64]},
        "networks.generator.width": 2,
        "networks.discriminator.width": 2,
        "metrics.brightness.use": "toys/brightness",
    },
)


def test_a_domain_transfer(workshop, tmp_path):
    run = workshop.run(workshop.changed(*SIZES), tmp_path / "run")
    trained = Trained(run, workshop.place.registry, workshop.place.device)
    assert trained.image_size == (96, 64)
    # Whatever the size of the images given, those that come out are like the target's.
    assert trained(np.zeros((3, 40, 50, 3), np.uint8)).shape == (3, 96, 64, 1)
    with Image.open(sorted(run.samples.iterdir())[0]) as grid:
        assert grid.size == (COLUMNS * (2 * 64 * SCALE + 3 * GAP), 2 * (96 * SCALE + 2 * GAP))  # twelve pairs


def test_images_of_noise(workshop, tmp_path):
    run = workshop.run(workshop.parse(TALL), tmp_path / "run")
    trained = Trained(run, workshop.place.registry, workshop.place.device)
    assert trained.sample(5).shape == (5, 96, 64, 3)


def test_a_network_for_squares_alone_says_so(workshop, tmp_path):
    recipe = workshop.parse(variant(TALL, {"networks.discriminator": {"use": "toys/square"}}))
    with pytest.raises((RecipeError, ShapeError), match="'toys/square' takes square images alone, and these are 96x64"):
        workshop.run(recipe, tmp_path / "run")
