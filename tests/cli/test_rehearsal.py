"""Mistakes that `ganforge check` finds without data, as `ganforge run` does once it has them."""

from __future__ import annotations

import pytest

import small_run
from small_run import CLASSIFIER, GAN, HANDWRITING, STREET, variant

TRANSFER = variant(
    small_run.TRANSFER,
    {
        "data.source": STREET,
        "data.target": HANDWRITING,
        "data.test": None,
        "judges": None,
        "train": {"steps": 2, "batch_size": 4},
    },
)


@pytest.fixture(autouse=True)
def _folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "encoder.toml").write_text(variant(CLASSIFIER, {"data.images": STREET}))


@pytest.fixture
def refused(ganforge, tmp_path):
    """Return the message about a recipe; a run ends with the same one, and trains nothing before."""

    def refused(base, changes):
        (tmp_path / "tried.toml").write_text(variant(base, changes))
        checked = ganforge("check", "tried.toml")
        assert checked.code == 2
        ran = ganforge("run", "tried.toml", "--threads", 1)
        assert (ran.code, ran.err) == (2, checked.err)
        assert not list(tmp_path.glob("runs/*/weights"))
        return checked.err

    return refused


def line(path, text):
    """Return the number of the line with a text."""
    return 1 + path.read_text().split("\n").index(text)


@pytest.mark.promise(
    "`check` finds what `run` would refuse: options that do not fit the weights, sizes, batches of one.", about="lost"
)
def test_options_are_those_of_the_recipe_that_trains_the_weights(refused, tmp_path):
    message = refused(TRANSFER, {"networks.encoder.width": 8})
    here, there = line(tmp_path / "tried.toml", "width = 8"), line(tmp_path / "encoder.toml", "width = 4")
    assert f"error: tried.toml:{here}: 'digits/strided-cnn' is trained with width = 4 (encoder.toml:{there})" in message
    assert "has width = 8 here: its weights do not fit\n  fix: use the same options in both" in message


@pytest.mark.parametrize("option", [("dropout", 0.5), ("image_size", 32)])
def test_options_that_leave_the_weights_alone_may_differ(ganforge, tmp_path, option):
    (tmp_path / "tried.toml").write_text(variant(TRANSFER, {f"networks.encoder.{option[0]}": option[1]}))
    assert ganforge("check", "tried.toml").code == 0
    assert ganforge("run", "tried.toml", "--threads", 1).code == 0


def test_images_of_a_size_that_the_generator_does_not_make(refused):
    message = refused(TRANSFER, {"data.target.resize": None, "networks.generator.image_size": 32})
    assert "[1, 32, 32] an image, and the images of [data.target]" in message
    assert "are [1, 28, 28]" in message


def test_images_of_a_size_that_no_network_takes(refused):
    message = refused(GAN, {"data.images": HANDWRITING | {"resize": 31}})
    assert "images of 31x31 pixels cannot be halved" in message


def test_a_mistake_in_what_a_recipe_builds_on(refused, tmp_path):
    (tmp_path / "encoder.toml").write_text(variant(CLASSIFIER, {"data.images": {**STREET, "resize": 30}}))
    assert "30x30" in refused(TRANSFER, {})


@pytest.mark.promise(
    "`check` finds what `run` would refuse: options that do not fit the weights, sizes, batches of one.", about="lost"
)
def test_a_batch_of_one_where_batch_norm_needs_two(refused, tmp_path):
    changes = {"networks.classifier.norm": "batch", "data.images": {**STREET, "resize": 8}, "train.batch_size": 1}
    message = refused(CLASSIFIER, changes)
    assert "Expected more than 1 value per channel" in message
    place = f"tried.toml:{line(tmp_path / 'tried.toml', 'batch_size = 1')}"
    assert f"a batch as in training, of 1 ({place}): change train.batch_size, or the network" in message


def test_images_of_unknown_size_are_left_to_the_run(ganforge, tmp_path):
    (tmp_path / "tried.toml").write_text(GAN)
    assert ganforge("check", "tried.toml").code == 0


def test_what_cannot_be_tried_without_its_files_is_said(ganforge, tmp_path):
    (tmp_path / "files.toml").write_text(CLASSIFIER)
    checked = ganforge("check", "files.toml")
    assert (checked.code, checked.err) == (0, "")
    note = "note: networks are tried out when it runs, as only files tell the sizes of [data.images] of encoder\n"
    assert checked.out.endswith(note)
    assert "note" not in ganforge("check", "encoder.toml").out
