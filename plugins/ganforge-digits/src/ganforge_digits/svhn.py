"""Street View House Numbers, cropped digits (Netzer et al., 2011), from the published MATLAB files or parts of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ganforge.data.images import Array, DataFile, Images
from ganforge.errors import DataError
from ganforge_digits.mat import MatArray, arrays
from ganforge_digits.official import count_notice, download_command, require

Split = Literal["train", "test", "extra"]

_ADDRESS = "http://ufldl.stanford.edu/housenumbers"
_MD5 = {
    "train": "e26dedcc434d2e4c54c9b2d4a06d8373",
    "test": "eb5a983be6a315427106f1b164d9cef3",
    "extra": "a93ce644f1a588dc4d68dda5feec44a7",
}
_PUBLISHED = {"train": 73_257, "test": 26_032, "extra": 531_131}
_SLAB = 4096


class SVHN:
    """SVHN: house numbers from street photographs, cropped to one digit each; 32x32 RGB, 10 classes.

    Reads DATA/svhn/SPLIT_32x32.mat (Netzer et al., 2011). A file with only a part of the published images is read too,
    with a notice.

    Args:
        split: the file: train (73,257 images), test (26,032) or extra (531,131, the easier ones); a list joins the
            images of several files in this order.
        data_root: the folder of all data.
    """

    classes: int | None = 10
    image_size, channels = 32, 3

    def __init__(
        self, *, split: Split | Annotated[list[Split], Field(min_length=1)] = "train", data_root: Path
    ) -> None:
        self._splits: Sequence[Split] = [split] if isinstance(split, str) else list(split)
        self._data_root = data_root
        if len(set(self._splits)) != len(self._splits):
            raise DataError(f"split = {self._splits} names a split twice", fix="name each split once")

    def files(self) -> list[DataFile]:
        """Return one .mat file per split."""
        return [DataFile(self._path(split), f"{_ADDRESS}/{split}_32x32.mat", _MD5[split]) for split in self._splits]

    def decode(self) -> Images:
        """Return uint8 images [N, 32, 32, 3], with the digits as labels (the files have 10 for 0)."""
        for split in self._splits:
            require([self._path(split)], fix=self._command(split))
        opened = [self._open(split) for split in self._splits]
        count = sum(len(labels) for _, labels in opened)
        images = np.empty((count, 32, 32, 3), np.uint8)
        start = 0
        for pixels, _ in opened:
            for slab in pixels.slabs(_SLAB):
                images[start : start + slab.shape[-1]] = slab.transpose(3, 0, 1, 2)
                start += slab.shape[-1]
        notices = [
            count_notice(self._path(split), held=len(labels), published=_PUBLISHED[split])
            for split, (_, labels) in zip(self._splits, opened, strict=True)
        ]
        return Images(images, np.concatenate([labels for _, labels in opened]), sum(notices, ()))

    def _open(self, split: Split) -> tuple[MatArray, Array]:
        """Return the images, still unread, and the labels."""
        path, fix = self._path(split), f"delete it, then: {self._command(split)}"
        found = arrays(path, fix=fix)
        if not {"X", "y"} <= found.keys():
            held = ", ".join(found) or "nothing"
            raise DataError(f"{path} is cut off or not a file of SVHN: it holds {held}, not X and y", fix=fix)
        pixels, marks = found["X"], found["y"]
        count = pixels.shape[-1]
        if pixels.shape != (32, 32, 3, count) or pixels.dtype != np.uint8 or count == 0:
            raise DataError(f"{path}: X is {pixels.dtype} {list(pixels.shape)}, not uint8 [32, 32, 3, N]", fix=fix)
        if marks.shape not in ((count, 1), (1, count)):
            raise DataError(f"{path}: y has shape {list(marks.shape)}, not [{count}, 1]", fix=fix)
        labels = marks.read().reshape(-1)
        if not np.isin(labels, np.arange(1, 11)).all():
            raise DataError(f"{path}: y holds values other than 1 to 10", fix=fix)
        return pixels, labels.astype(np.int64) % 10

    def _path(self, split: Split) -> Path:
        return self._data_root / "svhn" / f"{split}_32x32.mat"

    def _command(self, split: Split) -> str:
        return download_command("digits/svhn", split=split, data_root=self._data_root)
