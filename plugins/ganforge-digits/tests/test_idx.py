import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.errors import DataError
from ganforge_digits.idx import read_idx

FIX = "fetch it again"
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)


def idx(values: np.ndarray, kind: int = 8) -> bytes:
    return bytes((0, 0, kind, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "x-ubyte"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("values", [IMAGES, IMAGES[0, 0], IMAGES[:0]], ids=["images", "labels", "none"])
def test_values_are_read(tmp_path, pack, values):
    read = read_idx(write(tmp_path, pack(idx(values))), dimensions=values.ndim, fix=FIX)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "content",
    [
        idx(IMAGES)[:-1],
        idx(IMAGES) + b"\0",
        idx(IMAGES)[:10],
        idx(IMAGES)[:4],
        idx(IMAGES, kind=13),
        idx(IMAGES[0]),
        b"\1" + idx(IMAGES)[1:],
        b"",
    ],
    ids=["short", "long", "header", "magic", "floats", "2-d", "first byte", "empty"],
)
def test_anything_else_is_refused(tmp_path, pack, content):
    path = write(tmp_path, pack(content))
    with pytest.raises(DataError, match="x-ubyte is damaged or not what its name says") as caught:
        read_idx(path, dimensions=3, fix=FIX)
    assert caught.value.fix == FIX


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (60_000, 2**31, 28), (100_000, 28, 28)])
def test_a_header_that_lies_is_refused_before_memory_is_taken(tmp_path, pack, shape):
    content = bytes((0, 0, 8, 3)) + struct.pack(">3I", *shape) + bytes(100)
    with pytest.raises(DataError):
        read_idx(write(tmp_path, pack(content)), dimensions=3, fix=FIX)


def test_a_gzip_bomb_is_refused(tmp_path):
    content = bytes((0, 0, 8, 3)) + struct.pack(">3I", 100_000, 32, 32) + bytes(100_000 * 32 * 32)
    with pytest.raises(DataError, match="no images compress so far"):
        read_idx(write(tmp_path, gzip.compress(content)), dimensions=3, fix=FIX)


def test_a_missing_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_idx(tmp_path / "gone", dimensions=3, fix=FIX)


@settings(max_examples=400, deadline=None)
@given(zipped=st.booleans(), data=st.data())
def test_damaged_files_raise_nothing_but_data_errors(tmp_path_factory, zipped, data):
    whole = gzip.compress(idx(IMAGES)) if zipped else idx(IMAGES)
    raw = bytearray(whole)
    if data.draw(st.booleans(), label="cut"):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    for _ in range(data.draw(st.integers(0, 3)) if raw else 0):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = write(tmp_path_factory.mktemp("idx"), bytes(raw))
    try:
        read = read_idx(path, dimensions=3, fix=FIX)
    except DataError:
        return
    assert len(raw) == len(whole)
    if zipped:  # the checksum holds
        np.testing.assert_array_equal(read, IMAGES)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), dimensions=st.integers(1, 4), zipped=st.booleans())
def test_any_bytes_raise_nothing_but_data_errors(tmp_path_factory, content, dimensions, zipped):
    path = write(tmp_path_factory.mktemp("idx"), gzip.compress(content) if zipped else content)
    try:
        read = read_idx(path, dimensions=dimensions, fix=FIX)
    except DataError:
        return
    assert read.ndim == dimensions
