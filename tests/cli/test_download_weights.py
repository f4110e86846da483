"""`ganforge download` of a network's weights: made once of a published file, with both digests verified."""

from __future__ import annotations

import hashlib

import pytest
import torch

from ganforge.networks.weights import read_weights
from ganforge.runs import tensor_file

PUBLISHED = b"scale 2.5"
PLUGIN = """
from pathlib import Path

import torch
from ganforge.errors import DataError
from ganforge.plugins import WeightsSource


def read(path):
    name, _, value = path.read_text().partition(" ")
    if name != "scale":
        raise DataError("not a scale", fix="get another")
    return {"scale": torch.tensor([float(value)])}


SOURCE = WeightsSource(
    name="published.txt",
    sha256="DIGEST",
    terms="weights: by nobody, for everybody",
    read=read,
    find=lambda: next((path for path in [Path("here/published.txt")] if path.is_file()), None),
    fix="find it under a stone",
)
"""
SOURCE = PLUGIN.replace("DIGEST", hashlib.sha256(PUBLISHED).hexdigest())
MADE = hashlib.sha256(tensor_file.encode({"scale": torch.tensor([2.5])})).hexdigest()


@pytest.fixture
def weights(site, tmp_path, monkeypatch):
    """Return the folder of weights, with the network `shop/scaled`, the weights of which no package has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_WEIGHTS", str(tmp_path / "weights"))
    (site.path / "shop_package").mkdir()
    (site.path / "shop_package" / "__init__.py").write_text("raise RuntimeError('imported')")
    component = "'encoder', 'scaled', 'shop_source:Scaled', 'Scaled.'"
    brought = f"weights='shop_package:scaled.safetensors', sha256='{MADE}', weights_source='shop_source:SOURCE'"
    site.install(
        "shop",
        {"shop_source": SOURCE},
        f"{component}, {brought}",
    )
    return tmp_path / "weights" / "shop_package" / "scaled.safetensors"


def published(tmp_path, content=PUBLISHED, folder="here"):
    path = tmp_path / folder / "published.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_file_of_another_package_becomes_safetensors_once(ganforge, weights, tmp_path):
    published(tmp_path)
    result = ganforge("download", "shop/scaled")
    assert (result.code, result.err) == (0, "")
    assert f"{weights}: made" in result.out
    assert "by nobody, for everybody" in result.out
    assert read_weights(weights)["scale"].tolist() == [2.5]
    (tmp_path / "here" / "published.txt").unlink()
    assert f"{weights}: was there" in ganforge("download", "scaled").out


def test_a_file_may_be_given(ganforge, weights, tmp_path):
    result = ganforge("download", "shop/scaled", "--from", published(tmp_path, folder="elsewhere"))
    assert result.code == 0
    assert weights.is_file()


def test_weights_that_were_damaged_are_made_again(ganforge, weights, tmp_path):
    published(tmp_path)
    ganforge("download", "shop/scaled")
    good = weights.read_bytes()
    weights.write_bytes(b"x" + good[1:])
    assert f"{weights}: made" in ganforge("download", "shop/scaled").out
    assert weights.read_bytes() == good


@pytest.mark.parametrize("content", [b"scale 2.6", b"", b"scale 2.5 "])
def test_another_file_is_refused_and_nothing_is_made(ganforge, weights, tmp_path, content):
    path = published(tmp_path, content)
    result = ganforge("download", "shop/scaled")
    assert result.code == 1
    assert f"{path.relative_to(tmp_path)} is not published.txt: its SHA-256 is" in " ".join(result.err.split())
    assert "under a stone" in result.err
    assert not weights.exists()


def test_without_the_file_one_message_says_what_to_do(ganforge, weights):
    result = ganforge("download", "shop/scaled")
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: published.txt is not on this machine\n  fix: find it under a stone\n"


def test_a_file_that_cannot_be_read_is_a_message(ganforge, weights, tmp_path):
    result = ganforge("download", "shop/scaled", "--from", tmp_path / "missing.txt")
    assert result.code == 1
    assert "cannot read" in result.err
    assert "Traceback" not in result.err


def test_options_that_make_no_sense_are_refused(ganforge, weights, tmp_path):
    path = published(tmp_path)
    assert "leave out --set" in ganforge("download", "shop/scaled", "--set", "x=1").err
    assert "leave out --from" in ganforge("download", "digits/synthetic-street", "--from", path).err


def test_a_recipe_without_the_weights_names_the_command(ganforge, weights, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        '[recipe]\nname = "x"\n[data.source]\nuse = "digits/synthetic-street"\ncount = 20\n'
        '[data.target]\nuse = "digits/synthetic-handwriting"\ncount = 20\nresize = 32\n'
        '[networks.encoder]\nuse = "faces/dlib-resnet"\n[networks.generator]\nuse = "dtn/digit-generator"\n'
        '[networks.discriminator]\nuse = "dtn/digit-discriminator"\n[method]\nuse = "dtn/dtn"\n'
        '[losses.constancy]\nuse = "dtn/f-constancy"\n[losses.adversarial]\nuse = "dtn/ternary-adversarial"\n'
        "[metrics.code-constancy]\nuse = 'dtn/code-constancy'\n[train]\nsteps = 1\nbatch_size = 2\n"
    )
    result = ganforge("check", recipe)
    assert result.code == 2
    assert "ganforge download faces/dlib-resnet" in result.err
    assert "recipe.toml:" in result.err
