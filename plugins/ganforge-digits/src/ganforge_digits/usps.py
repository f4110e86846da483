"""USPS digits (Hull, 1994), scanned from envelopes by the US Postal Service; read from npz files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ganforge.data.images import DataFile, Images
from ganforge.data.npz import read_images
from ganforge.errors import DataError
from ganforge_digits.official import count_notice, require

_PUBLISHED = {"train": 7_291, "test": 2_007}


class USPS:
    """USPS: digits scanned from envelopes; 16x16 grey, 10 classes, 7,291 for training and 2,007 for testing.

    Reads DATA/usps/usps_SPLIT.npz with the arrays `images`, uint8 [N, 16, 16], and `labels`, integers [N] (Hull, 1994).

    Args:
        split: the training or the test images.
        data_root: the folder of all data.
    """

    classes: int | None = 10
    image_size, channels = 16, 1

    def __init__(self, *, split: Literal["train", "test"] = "train", data_root: Path) -> None:
        self._split = split
        self._path = data_root / "usps" / f"usps_{split}.npz"

    def files(self) -> list[DataFile]:
        """Return the npz file of the split; it has no download address."""
        return [DataFile(self._path)]

    def decode(self) -> Images:
        """Return uint8 images [N, 16, 16, 1], with the digits as labels."""
        fix = "put an npz file there with the arrays images, uint8 [N, 16, 16], and labels, integers from 0 to 9 [N]"
        require([self._path], fix=fix)
        read = read_images(self._path, fix=fix)
        if read.images.shape[1:] != (16, 16, 1) or read.images.dtype != "uint8":
            shape = list(read.images.shape)
            raise DataError(f"{self._path}: images are {read.images.dtype} {shape}, not uint8 [N, 16, 16]", fix=fix)
        if read.labels is None or read.labels.max() > 9:
            raise DataError(f"{self._path} holds labels above 9", fix=fix)
        notices = count_notice(self._path, held=len(read.images), published=_PUBLISHED[self._split])
        return Images(read.images, read.labels, notices)
