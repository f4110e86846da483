import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganforge.data.image_file import is_grey, read_image
from ganforge.errors import DataError

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 4, 3), np.uint8)
GREYS = COLOURS[..., 0]


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options: object) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["x.png", "x.bmp", "x.webp", "x.dat"])
def test_lossless_formats_give_the_same_pixels_whatever_the_name(tmp_path, name):
    kind = {"x.dat": "PNG"}.get(name)
    options = {"lossless": True} if name.endswith("webp") else {}
    path = save(tmp_path / name, COLOURS, format=kind, **options)
    np.testing.assert_array_equal(read_image(path), COLOURS)


@pytest.mark.parametrize(("mode", "channels"), [("auto", 1), ("L", 1), ("RGB", 3)])
def test_grey_in_each_mode(tmp_path, mode, channels):
    pixels = read_image(save(tmp_path / "x.png", GREYS), mode=mode)
    np.testing.assert_array_equal(pixels, np.repeat(GREYS[..., None], channels, axis=2))


def test_colour_to_grey_is_luma(tmp_path):
    pixels = read_image(save(tmp_path / "x.png", COLOURS), mode="L")
    luma = COLOURS @ np.array([0.299, 0.587, 0.114])
    assert pixels.shape == (6, 4, 1)
    assert np.abs(pixels[..., 0] - luma).max() <= 1


@pytest.mark.parametrize(("mode", "channels"), [("auto", 1), ("RGB", 3)])
def test_sixteen_bits_are_kept(tmp_path, mode, channels):
    deep = np.array([[0, 1, 255], [256, 40_000, 65_535]], np.uint16)
    path = save(tmp_path / "x.png", deep)
    pixels = read_image(path, mode=mode)
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, np.repeat(deep[..., None], channels, axis=2))
    assert is_grey(path)


def test_transparent_pixels_become_white(tmp_path):
    pixels = np.concatenate([COLOURS, np.zeros((6, 4, 1), np.uint8)], axis=2)
    pixels[0, 0] = (10, 20, 30, 255)
    read = read_image(save(tmp_path / "x.png", pixels))
    assert read[0, 0].tolist() == [10, 20, 30]
    assert (read.reshape(-1, 3)[1:] == 255).all()


def test_transparent_grey_stays_grey(tmp_path):
    pixels = np.stack([GREYS, np.full_like(GREYS, 255)], axis=2)
    np.testing.assert_array_equal(read_image(save(tmp_path / "x.png", pixels))[..., 0], GREYS)


def test_palettes_and_cmyk_are_read_as_colours(tmp_path):
    flat = np.full((8, 8, 3), (204, 51, 51), np.uint8)  # a colour of the palette
    np.testing.assert_array_equal(read_image(save(tmp_path / "p.png", flat, "P")), flat)
    assert read_image(save(tmp_path / "c.jpg", flat, "CMYK")).shape == (8, 8, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path, orientation):
    upright = COLOURS
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "x.png", np.ascontiguousarray(stored), exif=exif)
    np.testing.assert_array_equal(read_image(path), upright)


def test_size_cuts_the_largest_centred_square_and_scales_it(tmp_path):
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, 10:30] = (10, 200, 30)
    read = read_image(save(tmp_path / "x.png", pixels), size=8)
    assert read.shape == (8, 8, 3)
    assert (read[:, 2:-2] == (10, 200, 30)).all()
    assert np.abs(read.astype(int) - (10, 200, 30)).max() < 20  # bicubic weights reach over the edge


def test_size_works_on_sixteen_bits(tmp_path):
    read = read_image(save(tmp_path / "x.png", np.full((20, 40), 40_000, np.uint16)), size=8)
    assert read.shape == (8, 8, 1)
    assert read.dtype == np.uint16
    assert (read == 40_000).all()


def test_of_an_animation_the_first_frame_is_read(tmp_path):
    frames = [Image.fromarray(np.full((4, 4, 3), value, np.uint8)) for value in (10, 200)]
    frames[0].save(tmp_path / "x.png", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "x.png") == 10).all()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


SIDES = [(4001, 4000), (10_000, 10_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)]


@pytest.mark.parametrize(("width", "height"), SIDES)
def test_too_many_pixels_are_refused_by_the_header(tmp_path, width, height):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(width, height))
    with pytest.raises(DataError, match=r"bomb\.png"):
        read_image(path)


def test_the_limit_on_pixels_can_be_set(tmp_path):
    path = save(tmp_path / "x.png", np.zeros((100, 100), np.uint8))
    assert read_image(path, max_megapixels=0.01).shape == (100, 100, 1)
    with pytest.raises(DataError, match=r"100 x 100 pixels, over the limit of 0\.005 megapixels"):
        read_image(path, max_megapixels=0.005)


@pytest.mark.parametrize("content", [b"", b"hello", b"GIF89a" + bytes(100), b"%!PS-Adobe", b"SIMPLE  =  T"])
def test_other_formats_are_refused(tmp_path, content):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.png is no PNG, JPEG, WebP or BMP image"):
        read_image(path)


def test_a_gif_is_refused_under_any_name(tmp_path):
    with pytest.raises(DataError, match="is no PNG"):
        read_image(save(tmp_path / "x.png", GREYS, format="GIF"))


def test_a_missing_file_and_a_folder(tmp_path):
    for path, said in ((tmp_path / "gone.png", "is missing"), (tmp_path, "cannot be read")):
        with pytest.raises(DataError, match=said):
            read_image(path)


def encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


ENCODED = {kind: encoded(kind) for kind in ("PNG", "JPEG", "WEBP", "BMP")}


@pytest.mark.parametrize("kind", ENCODED)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_cut_files_are_refused(tmp_path, kind, share):
    path = tmp_path / "cut.img"
    path.write_bytes(ENCODED[kind][: int(len(ENCODED[kind]) * share)])
    with pytest.raises(DataError, match=r"cut\.img"):
        read_image(path)


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(sorted(ENCODED)), data=st.data())
def test_damaged_files_raise_data_errors_or_give_pixels(tmp_path_factory, kind, data):
    raw = bytearray(ENCODED[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.one_of(st.integers(0, 60), st.integers(0, len(raw) - 1)))
        raw[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("images") / "x.img"
    path.write_bytes(raw)
    try:
        pixels = read_image(path)
    except DataError:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] in (1, 3)
