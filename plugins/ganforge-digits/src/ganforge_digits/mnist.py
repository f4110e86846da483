"""MNIST (LeCun et al., 1998) from the four published IDX files, in the folders of torchvision or of this project."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from ganforge.data.images import DataFile, Images
from ganforge.errors import DataError
from ganforge_digits.idx import read_idx
from ganforge_digits.official import count_notice, download_command, require

_ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist"
_MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
_PREFIX = {"train": "train", "test": "t10k"}
_PUBLISHED = {"train": 60_000, "test": 10_000}


class MNIST:
    """MNIST: handwritten digits, white on black; 28x28 grey, 10 classes, 60,000 to train on, 10,000 to test.

    Reads the gzipped or unzipped IDX files in DATA/mnist/MNIST/raw or DATA/MNIST/raw (LeCun et al., 1998).

    Args:
        split: the training or the test images.
        data_root: the folder of all data.
    """

    classes: int | None = 10
    image_size, channels = 28, 1

    def __init__(self, *, split: Literal["train", "test"] = "train", data_root: Path) -> None:
        self._split = split
        self._data_root = data_root

    def files(self) -> list[DataFile]:
        """Return the file of images and the file of labels."""
        return [self._file("images-idx3-ubyte"), self._file("labels-idx1-ubyte")]

    def decode(self) -> Images:
        """Return uint8 images [N, 28, 28, 1], with the digits as labels."""
        images_path, labels_path = paths = [file.path for file in self.files()]
        command = download_command("digits/mnist", split=self._split, data_root=self._data_root)
        require(paths, fix=command)
        fix = f"delete it, then: {command}"
        images = read_idx(images_path, dimensions=3, fix=fix)
        labels = read_idx(labels_path, dimensions=1, fix=fix)
        if images.shape[1:] != (28, 28) or len(images) == 0:
            raise DataError(f"{images_path} holds images of shape {list(images.shape)}, not [N, 28, 28]", fix=fix)
        if len(images) != len(labels):
            raise DataError(f"{labels_path} holds {len(labels):,} labels for {len(images):,} images", fix=fix)
        if labels.max() > 9:
            raise DataError(f"{labels_path} holds the label {labels.max()}; the digits end at 9", fix=fix)
        notices = count_notice(images_path, held=len(images), published=_PUBLISHED[self._split])
        return Images(images[..., None], labels.astype(np.int64), notices)

    def _file(self, kind: str) -> DataFile:
        """Return the first existing file, else the target of a download."""
        name = f"{_PREFIX[self._split]}-{kind}"
        folders = (self._data_root / "mnist" / "MNIST" / "raw", self._data_root / "MNIST" / "raw")
        published = DataFile(folders[0] / f"{name}.gz", f"{_ADDRESS}/{name}.gz", _MD5[name])
        places = (path for folder in folders for path in (folder / f"{name}.gz", folder / name))
        found = next((path for path in places if path.is_file()), None)
        if found is None:
            return published
        return DataFile(found, published.url, published.md5) if found.suffix == ".gz" else DataFile(found)
