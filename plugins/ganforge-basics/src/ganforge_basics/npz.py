"""An npz file of images as a dataset."""

from __future__ import annotations

from pathlib import Path

from ganforge.data.images import DataFile, Images
from ganforge.data.npz import read_images, read_labels


class NpzImages:
    """Images, and optional labels, from the arrays of an npz file.

    Args:
        path: the file; a relative path is relative to the folder of all data.
        images: name of the array of images: uint8 or uint16 [N, H, W] or [N, H, W, C].
        labels: name of the array of labels: integers from 0, [N]; "" reads the images without labels.
        data_root: the folder of all data.
    """

    classes: int | None

    def __init__(self, *, path: Path, images: str = "images", labels: str = "labels", data_root: Path) -> None:
        self._path = data_root / path.expanduser()
        self._images = images
        self._labels = labels or None
        self._fix = (
            "set path to an npz file of images, uint8 or uint16 [N, H, W] or [N, H, W, C], and integer labels [N]; "
            'the options images and labels name the arrays, labels = "" reads no labels'
        )
        self.classes = None
        if self._labels is not None and self._path.is_file():
            self.classes = int(read_labels(self._path, self._labels, fix=self._fix).max(initial=0)) + 1

    def files(self) -> list[DataFile]:
        """Return the npz file."""
        return [DataFile(self._path)]

    def decode(self) -> Images:
        """Return the images [N, H, W, C], and int64 labels [N] or None, in the order of the file."""
        return read_images(self._path, images=self._images, labels=self._labels, fix=self._fix)
