"""Tiny complete runs: every loss, network and method of the plugin through the engine, in both precisions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import ganforge

UNCONDITIONAL = """
[recipe]
name = "gan"
[data.images]
use = "basics/npz"
path = "images.npz"
[networks.generator]
use = "gans/dcgan-generator"
width = 2
[networks.discriminator]
use = "gans/dcgan-discriminator"
width = 2
norm = "layer"
[method]
use = "gans/unconditional"
latent_dim = 3
[losses.adversarial]
use = "{loss}"
[losses.penalty]
use = "{penalty}"
[phases.discriminator]
update = "discriminator"
terms = ["adversarial"]
[phases.penalty]
update = "discriminator"
terms = ["penalty"]
interval = 2
[phases.generator]
update = "generator"
[train]
steps = 3
batch_size = 4
precision = "{precision}"
log_every = 1
"""

CYCLE = """
[recipe]
name = "cycle"
[data.source]
use = "basics/npz"
path = "colour.npz"
[data.target]
use = "basics/npz"
path = "images.npz"
[data.test]
use = "basics/npz"
path = "colour.npz"
[networks.generator]
use = "gans/residual-translator"
width = 2
blocks = 1
[networks.reverse_generator]
use = "gans/residual-translator"
width = 2
blocks = 1
[networks.discriminator]
use = "gans/patch-discriminator"
width = 2
halvings = 1
[networks.source_discriminator]
use = "gans/patch-discriminator"
width = 2
halvings = 1
spectral_norm = true
[method]
use = "gans/cycle"
[losses.adversarial]
use = "gans/cycle-adversarial"
[losses.cycle]
use = "gans/cycle-consistency"
weight = 10.0
[losses.identity]
use = "gans/cycle-identity"
weight = 5.0
[train]
steps = 3
batch_size = 4
log_every = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    for name, channels in (("images", 1), ("colour", 3)):
        pixels = draw.integers(0, 256, (20, 16, 16, channels), np.uint8)
        np.savez(tmp_path / f"{name}.npz", images=pixels, labels=draw.integers(0, 10, 20))
    return tmp_path


def run(folder: Path, text: str) -> Path:
    recipe = folder / "recipe.toml"
    recipe.write_text(text)
    return ganforge.run(recipe, data=folder, runs=folder / "runs", cache=folder / "cache", device="cpu")


def losses(directory: Path) -> dict[str, float]:
    lines = [json.loads(line) for line in (directory / "journal.jsonl").read_text().splitlines()]
    found: dict[str, float] = {}
    for line in lines:
        if line["event"] == "losses":
            found |= {name: value for name, value in line.items() if isinstance(value, float)}
    return found


@pytest.mark.parametrize(
    ("loss", "penalty", "precision"),
    [
        ("gans/non-saturating", "gans/r1", "fp32"),
        ("gans/hinge", "gans/r1", "bf16"),
        ("gans/wasserstein", "gans/gradient-penalty", "bf16"),
        ("gans/relativistic", "gans/gradient-penalty", "fp64"),
    ],
)
def test_noise_becomes_images(folder: Path, loss: str, penalty: str, precision: str) -> None:
    directory = run(folder, UNCONDITIONAL.format(loss=loss, penalty=penalty, precision=precision))
    shown = losses(directory)
    assert {"penalty", "adversarial.g", "generated.diversity"} <= shown.keys()
    assert all(np.isfinite(value) for value in shown.values())
    pictures = ganforge.load(directory).sample(5)
    assert (pictures.shape, pictures.dtype) == ((5, 16, 16, 1), np.uint8)


def test_colour_becomes_grey_there_and_back_again(folder: Path) -> None:
    directory = run(folder, CYCLE)
    shown = losses(directory)
    assert {"cycle", "identity", "adversarial.d_target", "adversarial.d_source"} <= shown.keys()
    assert all(np.isfinite(value) for value in shown.values())
    transferred = ganforge.load(directory)(np.zeros((2, 16, 16, 3), np.uint8))
    assert transferred.shape == (2, 16, 16, 1)
