"""`--given` on `sample` and `transfer`, and the check of a method's output, typed as a user does."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

RECIPE = """
[recipe]
name = "small"
[data.images]
use = "basics/npz"
path = "small.npz"
[networks.generator]
use = "conditional/{generator}"
{more}
[method]
use = "conditional/{method}"
[losses.loss]
use = "{loss}"
[train]
steps = 1
batch_size = 4
"""
CRITIC = '[networks.discriminator]\nuse = "conditional/critic"'
GAN = {"generator": "writer", "more": CRITIC, "loss": "gans/hinge"}
TRANSLATION = {"generator": "tint", "more": "", "loss": "conditional/sameness", "method": "translation"}


@pytest.fixture(autouse=True)
def _place(site, tmp_path, monkeypatch):
    site.metadata("ganforge-conditional", "[ganforge]\nconditional = conditional\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    draw = np.random.default_rng(0)
    np.savez("small.npz", images=draw.integers(0, 256, (20, 8, 8), np.uint8), labels=np.arange(20) % 5)


@pytest.fixture
def finished(ganforge, tmp_path):
    """Run a recipe."""

    def run(**parts):
        (tmp_path / "small.toml").write_text(RECIPE.format(**parts))
        result = ganforge("run", "small.toml", "--data", ".", "-o", "run")
        assert result.code == 0, result.err

    return run


def pictures(folder, count):
    return [np.asarray(Image.open(folder / f"{index:05d}.png")) for index in range(count)]


def test_a_class_is_sampled(ganforge, finished, tmp_path):
    finished(**GAN, method="cgan")
    for out, arguments in {"three": ["--given", "label=3"], "each": [], "four": ["--given", "label=4"]}.items():
        assert ganforge("sample", "run", "-n", "5", "-o", out, *arguments).code == 0
    three, each, four = (pictures(tmp_path / out, 5) for out in ("three", "each", "four"))
    assert np.array_equal(three[3], each[3])
    assert np.array_equal(four[4], each[4])
    assert not np.array_equal(three[0], each[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("label=5", "label cannot be 5\n  fix: give one integer from 0 to 4, or 64 of them, one a row"),
        ("label=three", "label cannot be 'three'\n  fix: give one integer from 0 to 4"),
        ("latent=[1.0]", "latent cannot be [1.0]\n  fix: give numbers [100], or 64 of them, one a row"),
        ("lable=3", "there is no input 'lable' to give\n  fix: there are: latent, label"),
    ],
)
def test_a_wrong_value_is_one_message(ganforge, finished, given, message):
    finished(**GAN, method="cgan")
    result = ganforge("sample", "run", "--given", given)
    assert result.code == 2
    assert message in result.err


def test_a_transfer_takes_a_class(ganforge, finished, tmp_path):
    finished(**TRANSLATION)
    Image.new("L", (8, 8), 100).save("photo.png")
    for label in (0, 3):
        assert ganforge("transfer", "run", "photo.png", "-o", f"out{label}", "--given", f"label={label}").code == 0
    zero, three = (np.asarray(Image.open(tmp_path / f"out{label}" / "photo.png")) for label in (0, 3))
    assert not np.array_equal(zero, three)
    result = ganforge("transfer", "run", "photo.png")
    assert result.code == 1
    assert "outputs are made of 'label', and there are no labels to take it from" in result.err
    assert "--given label=0" in result.err


def test_an_output_of_what_is_no_input_is_found_by_check(ganforge, tmp_path):
    (tmp_path / "small.toml").write_text(RECIPE.format(**GAN, method="forgetful"))
    result = ganforge("check", "small.toml")
    assert result.code == 2
    assert "small.toml:12: the output 'generated' of the method 'conditional/forgetful' is computed from 'label'" in (
        result.err
    )
    assert "fix: add 'label' to `inputs` of the method" in result.err


def test_show_says_what_outputs_are_made_of(ganforge):
    shown = ganforge("show", "conditional/domains").out
    assert "makes translated of: images, domain" in shown
    assert "domain   int64 [N], uniform; in training label   The domain." in shown
