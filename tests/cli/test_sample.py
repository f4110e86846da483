"""`ganforge sample`: so many images of noise, one file each, and all of them in one picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from ganforge.errors import RunError
from ganforge.report.pictures import GAP, SCALE
from ganforge.runs.directory import RunDirectory


class Noise:
    """Stands in for a trained run: the seed in every pixel."""

    def __init__(self, channels=1, counts=None):
        self.channels = channels
        self.counts = counts or {}
        self.given = None

    def sample(self, count, seed, given):
        self.given = given
        return np.full((count, 8, 8, self.channels), seed, np.uint8)


class Transfer:
    """Stands in for a run that makes no images of noise."""

    counts: ClassVar = {}

    def sample(self, count, seed, given):
        raise RunError("the run makes no images of noise", fix="ganforge transfer run IMAGES")


@pytest.fixture
def trained(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganforge.runs.directory.find_run", lambda text, root: RunDirectory(root / text))

    def stand_in(result):
        monkeypatch.setattr("ganforge.measuring.trained.Trained", lambda run, registry, device: result)

    return stand_in


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_every_image_is_a_file(ganforge, trained, tmp_path, channels, mode):
    trained(Noise(channels))
    result = ganforge("sample", "run", "-n", "3", "-o", "out", "--seed", "7")
    assert (result.code, result.out, result.err) == (0, "3 images written to out\n", "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "00000.png",
        "00001.png",
        "00002.png",
        "grid.png",
    ]
    with Image.open(tmp_path / "out" / "00002.png") as image:
        assert (image.mode, image.size) == (mode, (8, 8))
        assert np.unique(np.asarray(image)).tolist() == [7]


def test_sixty_four_of_them_by_default(ganforge, trained):
    trained(Noise())
    assert ganforge("sample", "run").out == "64 images written to samples\n"


def test_a_run_that_transfers_says_what_to_do(ganforge, trained, tmp_path):
    trained(Transfer())
    result = ganforge("sample", "run")
    assert result.code == 1
    assert "makes no images of noise\n  fix: ganforge transfer run IMAGES" in result.err
    assert not (tmp_path / "samples").exists()


def test_no_image_is_no_number(ganforge, trained):
    trained(Noise())
    assert ganforge("sample", "run", "-n", "0").code == 2


def test_inputs_are_given_as_toml(ganforge, trained):
    model = Noise(counts={"label": 10})
    trained(model)
    assert ganforge("sample", "run", "-n", "3", "--given", "label=3", "--given", "style=[0.5, -1]").code == 0
    assert model.given == {"label": 3, "style": [0.5, -1]}


@pytest.mark.parametrize(
    ("number", "labels", "rows"),
    [(10, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2], 3), (2, [0, 1], 2), (6, [0, 0, 1, 1, 2, 2], 3)],
)
def test_every_class_comes_and_is_a_row_of_the_grid(ganforge, trained, tmp_path, number, labels, rows):
    model = Noise(counts={"label": 3})
    trained(model)
    assert ganforge("sample", "run", "-n", number).code == 0
    assert model.given["label"].tolist() == labels
    with Image.open(tmp_path / "samples" / "grid.png") as grid:
        assert grid.height == rows * (8 * SCALE + 2 * GAP)


def test_what_is_no_assignment_is_one_message(ganforge, trained):
    trained(Noise())
    result = ganforge("sample", "run", "--given", "label")
    assert result.code == 2
    assert "--given 'label' is not of the form key=value\n  fix: --given label=3" in result.err
