import os
from pathlib import Path

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_digits.usps import USPS

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 16, 16), np.uint8)
LABELS = np.resize(np.arange(10), 20)
REAL = os.environ.get("GANFORGE_DATA")


def write(root: Path, **changes: np.ndarray) -> None:
    (root / "usps").mkdir()
    np.savez_compressed(root / "usps" / "usps_train.npz", **{"images": IMAGES, "labels": LABELS, **changes})


def test_images_and_labels_are_read(tmp_path):
    write(tmp_path)
    read = USPS(data_root=tmp_path).decode()
    np.testing.assert_array_equal(read.images, IMAGES[..., None])
    np.testing.assert_array_equal(read.labels, LABELS)
    assert read.notices == ("usps_train.npz is not the official file: it holds 20 images, the official one 7,291",)


def test_a_missing_file_says_what_belongs_there(tmp_path):
    dataset = USPS(split="test", data_root=tmp_path)
    with pytest.raises(DataError, match=r"usps_test\.npz is missing") as caught:
        dataset.decode()
    assert "put an npz file there with the arrays images" in caught.value.fix
    assert [(file.path.name, file.url) for file in dataset.files()] == [("usps_test.npz", None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"images": IMAGES.astype(np.uint16)},
        {"images": IMAGES.astype(np.float32)},
        {"images": IMAGES[:, :8]},
        {"labels": LABELS + 1},
        {"labels": LABELS - 1},
        {"labels": LABELS[1:]},
    ],
)
def test_another_content_is_refused(tmp_path, changes):
    write(tmp_path, **changes)
    with pytest.raises(DataError, match=r"usps_train\.npz"):
        USPS(data_root=tmp_path).decode()


@pytest.mark.skipif(not REAL, reason="GANFORGE_DATA names no folder of real data")
@pytest.mark.parametrize(("split", "count"), [("train", 7291), ("test", 2007)])
def test_the_real_files_are_read(split, count):
    read = USPS(split=split, data_root=Path(REAL or "")).decode()
    assert read.images.shape == (count, 16, 16, 1)
    assert np.unique(read.labels).tolist() == list(range(10))
    assert read.notices == ()
