"""Between stored integers and what networks see, and back."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganforge.data.transform import (
    SYMMETRIC,
    UNIT,
    Normalization,
    changed_view,
    convert,
    match_channels,
    to_pictures,
    to_unit,
)
from ganforge.errors import DataError

COLOUR = Normalization((0.4, 0.5, 0.6), (0.2, 0.25, 0.3))


def images(count=3, size=6, channels=3, dtype=np.uint8):
    top = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, top + 1, (count, size, size, channels), dtype)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_integers_become_the_unit_range(dtype, top):
    pixels = images(dtype=dtype)
    unit = to_unit(torch.from_numpy(pixels))
    assert unit.dtype == torch.float32
    assert unit.shape == (3, 3, 6, 6)
    np.testing.assert_allclose(unit.permute(0, 2, 3, 1).numpy(), pixels / np.float64(top), rtol=1e-6)


def test_pictures_round_to_the_nearest_and_clip():
    unit = torch.tensor([-0.5, 0.0, 0.4 / 255, 0.6 / 255, 254.6 / 255, 1.0, 7.0]).view(1, 1, 1, 7)
    assert to_pictures(unit).flatten().tolist() == [0, 0, 0, 1, 255, 255, 255]


@pytest.mark.parametrize("normalization", [SYMMETRIC, UNIT, COLOUR, Normalization((0.1307,), (0.3081,))])
def test_every_normalisation_is_inverted_exactly_for_pictures(normalization):
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    seen = normalization.apply(to_unit(torch.from_numpy(every)))
    assert np.array_equal(to_pictures(normalization.invert(seen)), every)


def test_normalisation_is_by_channel():
    unit = torch.rand(2, 3, 4, 4, dtype=torch.float64)
    expected = torch.stack([(unit[:, c] - COLOUR.mean[c]) / COLOUR.std[c] for c in range(3)], 1)
    torch.testing.assert_close(COLOUR.apply(unit), expected)
    torch.testing.assert_close(COLOUR.invert(expected), unit)


def test_symmetric_is_minus_one_to_one():
    assert SYMMETRIC.apply(torch.tensor([0.0, 0.5, 1.0])).tolist() == [-1.0, 0.0, 1.0]


class TestConvert:
    def test_nothing_to_change_is_the_same_array(self):
        pixels = images()
        assert convert(pixels) is pixels
        assert convert(pixels, 6, 3) is pixels

    @pytest.mark.parametrize("size", [3, 4, 12, 32])
    def test_resizing_agrees_with_pillow(self, size):
        # A smooth picture: the two round intermediate results differently.
        ramp = np.linspace(0, 255, 16)[:, None] * np.linspace(0.2, 1, 16)[None]
        pixels = ramp.round().astype(np.uint8)[None, ..., None]
        expected = np.asarray(Image.fromarray(pixels[0, ..., 0]).resize((size, size), Image.Resampling.BILINEAR))
        found = convert(pixels, size)
        assert found.shape == (1, size, size, 1)
        assert np.abs(found[0, ..., 0].astype(int) - expected).max() <= 1

    def test_grey_is_the_luma_of_bt_601(self):
        primaries = np.eye(3, dtype=np.uint8).reshape(3, 1, 1, 3) * 255
        assert convert(primaries, channels=1).flatten().tolist() == [76, 150, 29]

    def test_colour_from_grey_is_replicated(self):
        pixels = images(channels=1)
        assert np.array_equal(convert(pixels, channels=3), pixels.repeat(3, axis=3))

    def test_sixteen_bits_stay_sixteen_bits(self):
        pixels = images(dtype=np.uint16, channels=1)
        found = convert(pixels, 12, 3)
        assert found.dtype == np.uint16
        assert found.max() > 255

    def test_many_images_are_converted_piece_by_piece(self, monkeypatch):
        from ganforge.data import transform

        pixels = images(count=10)
        whole = convert(pixels, 4, 1)
        monkeypatch.setattr(transform, "CHUNK", 3)
        assert np.array_equal(convert(pixels, 4, 1), whole)

    def test_images_need_not_be_square(self):
        pixels = np.zeros((2, 6, 8, 3), np.uint8)
        assert convert(pixels) is pixels
        assert convert(pixels, 6).shape == (2, 6, 6, 3)
        assert convert(pixels, (12, 4), 1).shape == (2, 12, 4, 1)

    @pytest.mark.parametrize(("channels", "wanted"), [(4, 3), (2, 1), (4, 1)])
    def test_other_channels_cannot_become_grey_or_colour(self, channels, wanted):
        with pytest.raises(DataError, match=f"{channels} channels cannot become {wanted}"):
            convert(images(channels=channels), channels=wanted)


def test_channels_match_without_copying_what_is_right():
    grey, colour = torch.rand(2, 1, 4, 4), torch.rand(2, 3, 4, 4)
    assert match_channels(colour, 3) is colour
    assert torch.equal(match_channels(grey, 3), grey.repeat(1, 3, 1, 1))
    luma = 0.299 * colour[:, 0] + 0.587 * colour[:, 1] + 0.114 * colour[:, 2]
    torch.testing.assert_close(match_channels(colour, 1)[:, 0], luma)


def test_a_changed_view_is_computed_in_full_precision_under_autocast_too():
    def mixed(images, generator):
        return images @ torch.rand(6, 6, generator=torch.Generator().manual_seed(1))

    view = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.autocast("cpu", torch.bfloat16):
        changed = changed_view(view, [mixed])
    assert torch.equal(changed, changed_view(view, [mixed]))
