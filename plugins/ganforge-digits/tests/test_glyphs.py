import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ganforge.errors import DataError
from ganforge_digits import glyphs
from ganforge_digits.glyphs import CELL, FONTS, HEIGHT, load_glyphs

FOLDER = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"


@pytest.mark.parametrize("font", [0, 7, 12, 15])
def test_the_inside_of_a_field_is_the_glyph(font):
    for digit in range(10):
        inside = load_glyphs().fields[font, digit] > 0
        drawn = Image.new("L", (400, 400))
        face = ImageFont.truetype(str(FOLDER / f"{FONTS[font]}.ttf"), 200)
        ImageDraw.Draw(drawn).text((100, 100), str(digit), fill=255, font=face)
        box = drawn.getbbox()
        height, width = np.ptp(np.flatnonzero(inside.any(1))) + 1, np.ptp(np.flatnonzero(inside.any(0))) + 1
        # The ink's bounding box scaled to the field's, pixel by pixel.
        shrunk = np.asarray(drawn.crop(box).resize((int(width), int(height)), Image.Resampling.BOX)) > 127
        rows, columns = np.flatnonzero(inside.any(1))[0], np.flatnonzero(inside.any(0))[0]
        agree = shrunk == inside[rows : rows + height, columns : columns + width]
        assert agree.mean() > 0.85, (FONTS[font], digit)


def test_fields_are_distances_in_heights_of_a_digit():
    fields = load_glyphs().fields
    assert fields.shape == (len(FONTS), 10, CELL, CELL)
    assert fields.dtype == np.float32
    # Outside, towards the border, a distance grows by one sample per sample in the direction of steepest ascent.
    steepness = np.hypot(*np.gradient(fields[0, 0], 1 / HEIGHT))
    assert 0.9 < np.median(steepness) < 1.1
    rows = (fields[:, 0] > 0).any(axis=2).sum(axis=1)
    assert (np.abs(rows - HEIGHT) <= 1).all()


def test_widths_are_those_of_the_ink():
    known = load_glyphs()
    measured = (known.fields > 0).any(axis=2).sum(axis=2) / HEIGHT
    np.testing.assert_allclose(known.widths, measured, atol=0.08)


def test_distance_interpolates_the_field():
    known = load_glyphs()
    at = np.arange(CELL, dtype=np.float32)
    middle = (CELL - 1) / 2
    x, y = np.meshgrid((at - middle) / HEIGHT, (at - middle) / HEIGHT)
    font, digit = np.array([3, 9]), np.array([5, 8])
    on_samples = known.distance(font, digit, np.stack([x, x]), np.stack([y, y]))
    np.testing.assert_allclose(on_samples, known.fields[font, digit], atol=2e-3)
    between = known.distance(font, digit, np.stack([x, x]) + 0.25 / HEIGHT, np.stack([y, y]))
    expected = 0.75 * known.fields[font, digit][:, :, :-1] + 0.25 * known.fields[font, digit][:, :, 1:]
    np.testing.assert_allclose(between[:, :, :-1], expected, atol=1e-4)
    far = known.distance(font, digit, np.full((2, 1, 1), 9.0), np.zeros((2, 1, 1)))
    assert (far < -0.1).all()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(glyphs, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="not installed") as caught:
        load_glyphs.__wrapped__()
    assert caught.value.fix == "pip install matplotlib"


def test_a_missing_font_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(glyphs, "_font_folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"DejaVuSans\.ttf cannot be read"):
        load_glyphs.__wrapped__()
