"""A folder of image files that hold two pictures each, side by side, as a dataset of either of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ganforge.data.image_file import MAX_MEGAPIXELS, Mode, read_image
from ganforge.data.images import Array
from ganforge_basics.image_folder import ImageFolder, Side


class SideBySide(ImageFolder):
    """One half of each picture of a folder whose files hold two, side by side, as pix2pix's datasets have them.

    With the left halves as one data role and the right halves as another, `paired_with` keeps them together. Files are
    found and read as by `basics/image-folder`; of an odd width, the column in the middle belongs to neither half.

    Args:
        path: the folder; a relative path is looked for in the folder that holds all data.
        half: which half of each file.
        size: cut and scale every half to so many pixels a side, or to a height and width: the largest centred part of
            that shape; without it, all halves must be of one size.
        mode: "RGB" for 3 channels, "L" for 1 (grey); "auto" is grey if all files are, else RGB.
        on_bad: "error" stops at files that are damaged or too large, "skip" leaves them out with a notice.
        max_megapixels: files with more millions of pixels than this count as bad, before they are decoded.
        data_root: the folder that holds all data.
    """

    def __init__(
        self,
        *,
        path: Path,
        half: Literal["left", "right"] = "left",
        size: Side | tuple[Side, Side] | None = None,
        mode: Mode = "auto",
        on_bad: Literal["error", "skip"] = "error",
        max_megapixels: Annotated[float, Field(gt=0, le=178)] = MAX_MEGAPIXELS,
        data_root: Path,
    ) -> None:
        super().__init__(
            path=path, size=size, mode=mode, on_bad=on_bad, max_megapixels=max_megapixels, data_root=data_root
        )
        self._half: Literal["left", "right"] = half

    def _read(self, path: Path, mode: Mode) -> Array:
        return read_image(path, mode=mode, size=self._size, half=self._half, max_megapixels=self._max_megapixels)
