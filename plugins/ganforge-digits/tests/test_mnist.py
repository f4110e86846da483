import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from ganforge.errors import DataError
from ganforge_digits.mnist import MNIST

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 28, 28), np.uint8)
LABELS = np.resize(np.arange(10, dtype=np.uint8), 20)
REAL = os.environ.get("GANFORGE_DATA")


def write(folder: Path, name: str, values: np.ndarray) -> Path:
    content = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_set(folder: Path, prefix: str = "train", suffix: str = ".gz", **changes: np.ndarray) -> None:
    values = {"images": IMAGES, "labels": LABELS, **changes}
    write(folder, f"{prefix}-images-idx3-ubyte{suffix}", values["images"])
    write(folder, f"{prefix}-labels-idx1-ubyte{suffix}", values["labels"])


@pytest.mark.parametrize("folder", ["mnist/MNIST/raw", "MNIST/raw"])
@pytest.mark.parametrize("suffix", [".gz", ""])
@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_images_and_labels_are_read(tmp_path, folder, suffix, split, prefix):
    write_set(tmp_path / folder, prefix, suffix)
    dataset = MNIST(split=split, data_root=tmp_path)
    read = dataset.decode()
    np.testing.assert_array_equal(read.images, IMAGES[..., None])
    np.testing.assert_array_equal(read.labels, LABELS)
    assert "it holds 20 images" in read.notices[0]
    assert all(file.path.is_file() for file in dataset.files())


def test_missing_files_are_to_be_put_where_a_download_puts_them(tmp_path):
    dataset = MNIST(split="test", data_root=tmp_path)
    images, labels = dataset.files()
    folder = tmp_path / "mnist" / "MNIST" / "raw"
    assert [images.path, labels.path] == [
        folder / "t10k-images-idx3-ubyte.gz",
        folder / "t10k-labels-idx1-ubyte.gz",
    ]
    assert images.url == "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz"
    assert (images.md5, labels.md5) == ("9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz is missing") as caught:
        dataset.decode()
    assert caught.value.fix == f"ganforge download digits/mnist --set split=test --data {tmp_path}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": IMAGES[:, :20]}, r"\[20, 20, 28\], not \[N, 28, 28\]"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "not .N, 28, 28"),
        ({"labels": LABELS[:-1]}, "holds 19 labels for 20 images"),
        ({"labels": LABELS + 1}, "holds the label 10"),
        ({"images": LABELS}, "not an IDX file of bytes in 3 dimensions"),
    ],
)
def test_another_content_is_refused(tmp_path, changes, message):
    write_set(tmp_path / "MNIST" / "raw", **changes)
    with pytest.raises(DataError, match=message) as caught:
        MNIST(data_root=tmp_path).decode()
    assert caught.value.fix == f"delete it, then: ganforge download digits/mnist --set split=train --data {tmp_path}"


@pytest.mark.skipif(not REAL, reason="GANFORGE_DATA names no folder of real data")
@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_the_real_files_are_read(split, count):
    read = MNIST(split=split, data_root=Path(REAL or "")).decode()
    assert read.images.shape == (count, 28, 28, 1)
    assert np.unique(read.labels).tolist() == list(range(10))
    assert read.notices == ()
    assert 0.13 < read.images.mean() / 255 < 0.14
