import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.data.images import Images
from ganforge.data.npz import read_array, read_images
from ganforge.errors import DataError

FIX = "do this"


def save(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize("dtype", ["uint8", "<u2", ">u2"])
@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 4, 5, 1), (3, 4, 5, 7)])
def test_images_and_labels_are_read(tmp_path, dtype, shape):
    images = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    read = read_images(save(tmp_path / "x.npz", images=images, labels=np.array([2, 0, 1], np.uint8)), fix=FIX)
    assert read.images.dtype in (np.uint8, np.uint16)
    np.testing.assert_array_equal(read.images, images.reshape(3, 4, 5, -1))
    assert read.labels.dtype == np.int64
    assert read.labels.tolist() == [2, 0, 1]


def test_fortran_order_and_uncompressed_files_are_read(tmp_path):
    images = np.asfortranarray(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    np.savez(tmp_path / "x.npz", pictures=images)
    read = read_images(tmp_path / "x.npz", images="pictures", labels=None, fix=FIX)
    np.testing.assert_array_equal(read.images[..., 0], images)
    assert read.labels is None


@pytest.mark.parametrize(
    "images",
    [
        np.full((2, 3, 3), 1.5, np.float32),
        np.zeros((2, 3, 3), np.int8),
        np.zeros((2, 3, 3), np.uint32),
        np.zeros((2, 3), np.uint8),
        np.zeros((2, 3, 3, 3, 3), np.uint8),
        np.zeros((0, 3, 3), np.uint8),
        np.zeros((2, 0, 3), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_other_types_and_shapes_are_refused(tmp_path, images):
    path = save(tmp_path / "x.npz", images=images, labels=np.zeros(len(images), int))
    with pytest.raises(DataError, match="array 'images' is") as caught:
        read_images(path, fix=FIX)
    assert caught.value.fix == FIX


def test_values_from_0_to_1_are_refused_with_what_makes_pixels_of_them(tmp_path):
    path = save(tmp_path / "x.npz", images=np.full((2, 3, 3), 0.5, np.float32), labels=np.zeros(2, int))
    with pytest.raises(DataError, match="array 'images' is float32") as caught:
        read_images(path, fix=FIX)
    assert caught.value.fix.endswith("save (images * 255).round().astype(np.uint8)")


@pytest.mark.promise(
    "An array that could be several things is refused with the line that says what is meant.", about="wrong"
)
@pytest.mark.parametrize(
    ("shape", "fix"),
    [
        ((5, 3, 16, 16), "save images.transpose(0, 2, 3, 1) in its place"),
        ((5, 1, 16, 24), "save images.transpose(0, 2, 3, 1) in its place"),
        ((16, 24, 3), "save images[None] in its place"),
    ],
)
def test_channels_first_and_a_single_image_are_refused_with_what_to_save(tmp_path, shape, fix):
    path = save(tmp_path / "x.npz", images=np.zeros(shape, np.uint8), labels=np.zeros(shape[0], int))
    with pytest.raises(DataError, match="array 'images'") as caught:
        read_images(path, fix=FIX)
    assert caught.value.fix == fix


def test_no_dataset_may_have_channels_first():
    with pytest.raises(DataError, match="channels before height and width"):
        Images(np.zeros((5, 3, 16, 16), np.uint8))
    assert len(Images(np.zeros((5, 3, 16, 3), np.uint8)).images) == 5


@pytest.mark.parametrize("labels", [np.zeros(3, int), np.zeros(2), np.zeros((2, 1), int), np.array([0, -1])])
def test_other_labels_are_refused(tmp_path, labels):
    with pytest.raises(DataError, match="array 'labels'"):
        read_images(save(tmp_path / "x.npz", images=np.zeros((2, 3, 3), np.uint8), labels=labels), fix=FIX)


@pytest.mark.promise(
    "Labels in another form, and single arrays, are refused with the line that mends them.", about="folders"
)
@pytest.mark.parametrize(
    ("labels", "fix"),
    [
        (np.array([[3], [1]]), "labels[:, 0]"),
        (np.eye(2, 5), "labels.argmax(1)"),
        (np.array(["b", "a"]), "np.unique(labels, return_inverse=True)"),
        (np.array([3.0, 1.0]), "labels.astype(int)"),
        (np.array([True, False]), "labels.astype(int)"),
    ],
)
def test_labels_in_another_form_are_refused_with_what_makes_labels_of_them(tmp_path, labels, fix):
    path = save(tmp_path / "x.npz", images=np.zeros((2, 3, 3), np.uint8), labels=labels)
    with pytest.raises(DataError, match=r"array 'labels' is .*, not integers \[2\]") as caught:
        read_images(path, fix=FIX)
    assert fix in caught.value.fix


@pytest.mark.parametrize("labels", [np.zeros((2, 3)), np.array([0.5, 1.0]), np.array(["a"] * 2, object)])
def test_what_cannot_be_labels_has_the_fix_of_the_dataset(tmp_path, labels):
    path = save(tmp_path / "x.npz", images=np.zeros((2, 3, 3), np.uint8), labels=labels)
    with pytest.raises(DataError, match="array 'labels'") as caught:
        read_images(path, fix=FIX)
    assert caught.value.fix == FIX


def test_a_single_array_is_told_from_a_file_of_several(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(DataError, match=r"x\.npy is a single array \(npy\), not an npz file") as caught:
        read_images(tmp_path / "x.npy", fix=FIX)
    assert caught.value.fix.startswith("np.savez('x.npz', images=np.load('x.npy')), with labels=")


@pytest.mark.promise("No pickle is ever read.", about="stranger")
def test_a_pickle_is_never_read(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    path = save(tmp_path / "x.npz", images=np.array([Trap()], dtype=object))
    with pytest.raises(DataError, match="not numbers"):
        read_images(path, fix=FIX)
    assert not (tmp_path / "sprung").exists()


def test_a_missing_array_names_those_that_are_there(tmp_path):
    with pytest.raises(DataError, match="has no array 'images'; it holds x, y"):
        read_images(save(tmp_path / "x.npz", x=np.zeros(1), y=np.zeros(1)), fix=FIX)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"gone\.npz is missing"):
        read_array(tmp_path / "gone.npz", "x", fix=FIX)


def with_header(path: Path, shape: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("images.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)
    return path


@pytest.mark.parametrize("shape", ["(1000000000000, 32, 32)", "(2, 2, 1)", "(-1, 2, 2)", "(2, 2)", "'a'"])
def test_a_header_that_lies_is_refused_before_memory_is_taken(tmp_path, shape):
    with pytest.raises(DataError):
        read_array(with_header(tmp_path / "x.npz", shape, bytes(8)), "images", fix=FIX)


def test_a_zip_bomb_is_refused(tmp_path):
    path = with_header(tmp_path / "x.npz", "(100000, 32, 32)", bytes(100_000 * 32 * 32))
    with pytest.raises(DataError, match="no images compress so far"):
        read_array(path, "images", fix=FIX)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_files_raise_data_errors_or_read_the_same(tmp_path_factory, data):
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 4), np.uint8)
    path = save(tmp_path_factory.mktemp("npz") / "x.npz", images=images)
    raw = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(raw)
    try:
        read = read_images(path, labels=None, fix=FIX)
    except DataError:
        return
    np.testing.assert_array_equal(read.images[..., 0], images)
