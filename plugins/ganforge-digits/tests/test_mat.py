import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.errors import DataError
from ganforge_digits.mat import arrays

FIX = "fetch it again"


def mat(compressed: bool = True, **variables: object) -> bytes:
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, do_compression=compressed)
    return buffer.getvalue()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "x.mat"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8", "i8", "u8"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (4, 1), (5, 1), (3, 4, 5), (2, 3, 1, 4)])
def test_arrays_are_read_as_scipy_wrote_them(tmp_path, compressed, dtype, shape):
    values = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    path = write(tmp_path, mat(compressed, first=values, second=values + 1))
    found = arrays(path, fix=FIX)
    assert list(found) == ["first", "second"]
    assert (found["first"].shape, found["first"].dtype) == (shape, np.dtype(dtype))
    np.testing.assert_array_equal(found["first"].read(), values)
    np.testing.assert_array_equal(found["second"].read(), values + 1)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("compressed", [True, False])
def test_slabs_cut_the_last_axis(tmp_path, compressed, count):
    values = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 7), np.uint8)
    slabs = list(arrays(write(tmp_path, mat(compressed, x=values)), fix=FIX)["x"].slabs(count))
    assert [slab.shape[-1] for slab in slabs] == [len(part) for part in np.split(np.arange(7), range(count, 7, count))]
    np.testing.assert_array_equal(np.concatenate(slabs, axis=-1), values)


def test_empty_arrays(tmp_path):
    assert arrays(write(tmp_path, mat(x=np.zeros((3, 0), np.uint8))), fix=FIX)["x"].read().shape == (3, 0)


@pytest.mark.parametrize("compressed", [True, False])
def test_variables_of_other_types_are_passed_over(tmp_path, compressed):
    cell = np.empty(2, object)
    cell[:] = [1, "a"]
    content = mat(compressed, text="hello", struct={"a": 1}, cell=cell, complex=np.array([1j]), x=np.array([[1, 2]]))
    assert list(arrays(write(tmp_path, content), fix=FIX)) == ["x"]


def test_big_endian_files(tmp_path):
    values = np.arange(6, dtype=">u2").reshape(2, 3)

    def tag(kind: int, data: bytes) -> bytes:
        return kind.to_bytes(4, "big") + len(data).to_bytes(4, "big") + data + bytes(-len(data) % 8)

    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    dimensions = (2).to_bytes(4, "big") + (3).to_bytes(4, "big")
    name = bytes([0, 1, 0, 1]) + b"x" + bytes(3)  # one byte of text, in the short form
    body = tag(6, bytes([0, 0, 0, 11, 0, 0, 0, 0])) + tag(5, dimensions) + name + tag(4, values.tobytes("F"))
    path = write(tmp_path, head + tag(14, body))
    np.testing.assert_array_equal(scipy.io.loadmat(path)["x"], values)
    np.testing.assert_array_equal(arrays(path, fix=FIX)["x"].read(), values)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", bytes(200), b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400), b"\x89HDF\r\n\x1a\n"],
)
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(DataError, match="no header of a MATLAB 5 file") as caught:
        arrays(write(tmp_path, content), fix=FIX)
    assert caught.value.fix == FIX


def test_a_missing_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        arrays(tmp_path / "gone.mat", fix=FIX)


def test_more_data_than_the_file_can_hold_are_refused_before_memory_is_taken(tmp_path):
    path = write(tmp_path, mat(x=np.zeros((32, 32, 3, 30_000), np.uint8)))
    with pytest.raises(DataError, match="no images compress so far"):
        arrays(path, fix=FIX)


def test_a_file_of_many_variables_is_refused(tmp_path):
    one = mat(False, x=np.zeros((1, 1), np.uint8))
    path = write(tmp_path, one[:128] + one[128:] * 1000)
    assert list(arrays(path, fix=FIX)) == ["x"]
    path = write(tmp_path, one[:128] + one[128:] * 1001)
    with pytest.raises(DataError, match="more than 1,000 variables"):
        arrays(path, fix=FIX)


VALUES = {
    "X": np.random.default_rng(1).integers(0, 256, (8, 8, 3, 5), np.uint8),
    "y": np.array([[1], [10], [3], [4], [5]], np.uint8),
}
WHOLE = {compressed: mat(compressed, **VALUES) for compressed in (True, False)}


def read_all(path: Path) -> dict[str, np.ndarray]:
    return {name: array.read() for name, array in arrays(path, fix=FIX).items()}


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_cut_anywhere_is_noticed(tmp_path, compressed):
    whole = WHOLE[compressed]
    boundary = 128 + 8 + int.from_bytes(whole[132:136], "little")
    for length in range(len(whole)):
        path = write(tmp_path, whole[:length])
        if length in (128, boundary):  # the next variable would begin here: none of it is there
            assert read_all(path).keys() == set(list(VALUES)[: int(length == boundary)])
        else:
            with pytest.raises(DataError, match=r"x\.mat"):
                read_all(path)


@settings(max_examples=400, deadline=None)
@given(compressed=st.booleans(), data=st.data())
def test_damaged_files_raise_nothing_but_data_errors(tmp_path_factory, compressed, data):
    raw = bytearray(WHOLE[compressed])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.one_of(st.integers(124, 230), st.integers(0, len(raw) - 1)))
        raw[place] = data.draw(st.integers(0, 255))
    path = write(tmp_path_factory.mktemp("mat"), bytes(raw))
    try:
        found = read_all(path)
    except DataError:
        return
    if compressed:  # the checksums hold: at most a variable is gone
        assert all(np.array_equal(VALUES[name], values) for name, values in found.items())


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_compressed_values_is_noticed(tmp_path, bit):
    whole = WHOLE[True]
    for place in range(140, len(whole) - 70, 37):
        raw = bytearray(whole)
        raw[place] ^= 1 << bit
        with pytest.raises(DataError):
            read_all(write(tmp_path, bytes(raw)))


def test_a_wrong_checksum_is_noticed(tmp_path):
    raw = bytearray(WHOLE[True])
    end = 136 + int.from_bytes(raw[132:136], "little")
    raw[end - 1] ^= 1
    with pytest.raises(DataError, match="incorrect data check"):
        read_all(write(tmp_path, bytes(raw)))


def test_more_values_than_the_header_says_are_noticed(tmp_path):
    values = WHOLE[False][128:]
    first = values[: 8 + int.from_bytes(values[4:8], "little")]
    packed = zlib.compress(first + bytes(8))
    path = write(tmp_path, WHOLE[False][:128] + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(DataError, match="more values than its header says"):
        read_all(path)
