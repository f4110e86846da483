"""`ganforge transfer`: images in, images out, and never over what is there."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image


class Inverter:
    """Stands in for a trained run: turns colours to grey, light to dark."""

    makes_pictures = True
    image_size = 8
    recipe = SimpleNamespace(method=SimpleNamespace(entry=SimpleNamespace(name="basics/classifier")))

    def __call__(self, pictures, given, seed):
        type(self).asked = (given, seed)
        assert pictures.shape[1:] == (8, 8, 3)
        assert pictures.dtype == np.uint8
        return 255 - pictures[..., :1]


@pytest.fixture(autouse=True)
def _trained(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganforge.measuring.trained.Trained", lambda run, registry, device: Inverter())
    monkeypatch.setattr("ganforge.runs.directory.find_run", lambda text, root: None)
    (tmp_path / "photos").mkdir()
    for name, size in (("a.png", (8, 8)), ("b.JPG", (20, 30))):
        Image.new("RGB", size, "white").save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "notes.txt").write_text("")


def test_a_folder_gives_a_file_for_each_image(ganforge, tmp_path):
    result = ganforge("transfer", "run", "photos", "-o", "out")
    assert (result.code, result.out, result.err) == (0, "2 images written to out\n", "")
    for name in ("a.png", "b.png"):
        with Image.open(tmp_path / "out" / name) as image:
            assert (image.mode, image.size, image.getextrema()) == ("L", (8, 8), (0, 0))


def test_one_file_gives_one_image(ganforge, tmp_path):
    assert ganforge("transfer", "run", "photos/a.png").out == "1 images written to transferred\n"
    assert [path.name for path in (tmp_path / "transferred").iterdir()] == ["a.png"]


def test_the_images_themselves_are_never_overwritten(ganforge, tmp_path):
    before = (tmp_path / "photos" / "a.png").read_bytes()
    result = ganforge("transfer", "run", "photos", "-o", tmp_path / "photos" / ".." / "photos")
    assert result.code == 2
    assert "the images themselves would be overwritten\n  fix: give another folder with -o" in result.err
    assert (tmp_path / "photos" / "a.png").read_bytes() == before


def test_images_that_would_share_a_file_are_refused(ganforge, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "a.bmp")
    result = ganforge("transfer", "run", "photos")
    assert result.code == 2
    assert "several images would be written to a.png" in result.err


def test_a_folder_without_images_is_refused(ganforge, tmp_path):
    (tmp_path / "empty").mkdir()
    result = ganforge("transfer", "run", "empty")
    assert result.code == 2
    assert "there are no images in empty" in result.err


@pytest.mark.parametrize("name", ["photos/notes.txt", "photos/missing.png"])
def test_what_is_no_image_is_refused(ganforge, name):
    result = ganforge("transfer", "run", name)
    assert result.code == 1
    assert name in result.err


def test_a_run_that_makes_no_pictures_is_refused(ganforge, monkeypatch):
    monkeypatch.setattr(Inverter, "makes_pictures", False)
    result = ganforge("transfer", "run", "photos")
    assert result.code == 2
    assert "the run 'run' makes no pictures: its method is 'basics/classifier'" in result.err


def test_other_inputs_are_given_or_drawn_from_a_seed(ganforge):
    assert ganforge("transfer", "run", "photos", "--given", "domain=2", "--seed", "5").code == 0
    assert Inverter.asked == ({"domain": 2}, 5)
