import os
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from ganforge.errors import DataError
from ganforge_digits.svhn import SVHN

RNG = np.random.default_rng(0)
REAL = os.environ.get("GANFORGE_DATA")


def write(
    root: Path, split: str, count: int = 12, compressed: bool = True, **changes: np.ndarray
) -> dict[str, np.ndarray]:
    variables = {
        "X": RNG.integers(0, 256, (32, 32, 3, count), np.uint8),
        "y": RNG.permuted(np.resize(np.arange(1, 11, dtype=np.uint8), count))[:, None],
        **changes,
    }
    (root / "svhn").mkdir(exist_ok=True)
    scipy.io.savemat(root / "svhn" / f"{split}_32x32.mat", variables, do_compression=compressed)
    return variables


@pytest.mark.parametrize("compressed", [True, False])
def test_images_and_digits_are_read(tmp_path, compressed):
    written = write(tmp_path, "train", compressed=compressed)
    read = SVHN(data_root=tmp_path).decode()
    assert read.images.shape == (12, 32, 32, 3)
    for index in range(12):
        np.testing.assert_array_equal(read.images[index], written["X"][:, :, :, index])
        digit = written["y"][index, 0]
        assert read.labels[index] == (0 if digit == 10 else digit)


def test_a_part_of_the_official_file_is_read_with_a_notice(tmp_path):
    write(tmp_path, "extra", count=7)
    assert SVHN(split="extra", data_root=tmp_path).decode().notices == (
        "extra_32x32.mat is not the official file: it holds 7 images, the official one 531,131",
    )


def test_a_list_is_concatenated_in_its_order(tmp_path):
    train, extra = write(tmp_path, "train", 3), write(tmp_path, "extra", 5)
    read = SVHN(split=["extra", "train"], data_root=tmp_path).decode()
    np.testing.assert_array_equal(read.images[:5], extra["X"].transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(read.images[5:], train["X"].transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(read.labels, np.concatenate([extra["y"], train["y"]]).ravel() % 10)
    assert [notice.split("_")[0] for notice in read.notices] == ["extra", "train"]


def test_a_split_named_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="names a split twice"):
        SVHN(split=["train", "train"], data_root=tmp_path)


def test_more_images_than_one_slab(tmp_path, monkeypatch):
    monkeypatch.setattr("ganforge_digits.svhn._SLAB", 5)
    written = write(tmp_path, "test", 12)
    read = SVHN(split="test", data_root=tmp_path).decode()
    np.testing.assert_array_equal(read.images, written["X"].transpose(3, 0, 1, 2))


def test_the_files_have_addresses_and_checksums(tmp_path):
    (file,) = SVHN(split="extra", data_root=tmp_path).files()
    assert file.path == tmp_path / "svhn" / "extra_32x32.mat"
    assert file.url == "http://ufldl.stanford.edu/housenumbers/extra_32x32.mat"
    assert file.md5 == "a93ce644f1a588dc4d68dda5feec44a7"
    assert len(SVHN(split=["train", "extra"], data_root=tmp_path).files()) == 2


def test_a_missing_file_says_how_to_get_it(tmp_path):
    write(tmp_path, "train")
    with pytest.raises(DataError, match=r"extra_32x32\.mat is missing") as caught:
        SVHN(split=["train", "extra"], data_root=tmp_path).decode()
    assert caught.value.fix == f"ganforge download digits/svhn --set split=extra --data {tmp_path}"


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_cut_anywhere_is_refused(tmp_path, compressed):
    write(tmp_path, "train", compressed=compressed)
    path = tmp_path / "svhn" / "train_32x32.mat"
    whole = path.read_bytes()
    boundary = 136 + int.from_bytes(whole[132:136], "little")
    for length in [0, 1, 127, 128, 129, 135, 136, 150, 200, 1000, len(whole) // 2, boundary, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"train_32x32\.mat") as caught:
            SVHN(data_root=tmp_path).decode()
        assert caught.value.fix == f"delete it, then: ganforge download digits/svhn --set split=train --data {tmp_path}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": np.zeros((32, 32, 12), np.uint8)}, "X is uint8"),
        ({"X": np.zeros((28, 28, 3, 12), np.uint8)}, "X is uint8"),
        ({"X": np.zeros((32, 32, 3, 12), np.uint16)}, "X is uint16"),
        ({"X": np.zeros((32, 32, 3, 0), np.uint8), "y": np.zeros((0, 1))}, "X is uint8"),
        ({"X": "text"}, "it holds y, not X and y"),
        ({"y": np.ones((11, 1))}, "y has shape"),
        ({"y": np.ones((12, 2))}, "y has shape"),
        ({"y": np.zeros((12, 1))}, "values other than 1 to 10"),
        ({"y": np.full((12, 1), 11)}, "values other than 1 to 10"),
        ({"y": np.full((12, 1), 1.5)}, "values other than 1 to 10"),
        ({"y": np.full((12, 1), np.nan)}, "values other than 1 to 10"),
    ],
)
def test_another_content_is_refused(tmp_path, changes, message):
    write(tmp_path, "train", **changes)
    with pytest.raises(DataError, match=message):
        SVHN(data_root=tmp_path).decode()


@pytest.mark.parametrize("y", [np.full((1, 12), 10, np.uint8), np.full((12, 1), 10.0)])
def test_labels_in_a_row_or_as_doubles_are_read(tmp_path, y):
    write(tmp_path, "train", y=y)
    assert SVHN(data_root=tmp_path).decode().labels.tolist() == [0] * 12


@pytest.mark.skipif(not REAL, reason="GANFORGE_DATA names no folder of real data")
@pytest.mark.parametrize(("split", "count"), [("extra", 7000), ("train", 1083), ("test", 1500)])
def test_the_real_files_are_read_as_scipy_reads_them(split, count):
    root = Path(REAL or "")
    read = SVHN(split=split, data_root=root).decode()
    reference = scipy.io.loadmat(root / "svhn" / f"{split}_32x32.mat")
    if read.notices:  # the official files have none
        assert len(read.images) == count
    np.testing.assert_array_equal(read.images, reference["X"].transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(read.labels, reference["y"].ravel() % 10)
    assert np.unique(read.labels).tolist() == list(range(10))
