"""A folder of image files with two images each, side by side, as a dataset of the left or right ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ganforge.data.image_file import MAX_MEGAPIXELS, Mode, read_image
from ganforge.data.images import Array
from ganforge_basics.image_folder import ImageFolder, Side


class SideBySide(ImageFolder):
    """One half of each image of a folder with two images per file, side by side, like the datasets of pix2pix.

    With the left halves as one data role and the right halves as another, `paired_with` keeps them together. Files are
    found and read as by `basics/image-folder`; with an odd width, the middle column belongs to neither half. The
    datasets of pix2pix are those of Isola et al. (2017), section 4.

    Args:
        path: the folder; a relative path is relative to the folder of all data.
        half: the half to read of each file.
        size: crop and scale every half to this many pixels per side, or to a height and width, by its largest centred
            part of that shape; without it, all halves must have one size.
        mode: "RGB" for 3 channels, "L" for 1 (grey); "auto" is grey if all files are, else RGB.
        on_bad: "error" stops at files that are damaged or too large, "skip" leaves them out with a notice.
        max_megapixels: a file with more megapixels counts as bad, before it is decoded.
        data_root: the folder of all data.
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
