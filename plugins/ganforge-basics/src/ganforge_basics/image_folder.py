"""A folder of image files as a dataset, with or without classes from its subfolders."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ganforge.data.image_file import MAX_MEGAPIXELS, SUFFIXES, Mode, is_grey, read_image
from ganforge.data.images import Array, DataFile, Images
from ganforge.errors import DataError

Side = Annotated[int, Field(ge=1, le=4096)]

_NAMED = 10


class ImageFolder:
    """A folder of PNG, JPEG, WebP and BMP files, in natural order (2.png before 10.png), subfolders included.

    Hidden files and folders are skipped; links to folders are not followed. EXIF data set the orientation of images;
    transparent pixels become white; 16-bit grey PNGs keep their depth.

    Args:
        path: the folder; a relative path is relative to the folder of all data.
        classes_from: "folders" makes each folder directly below `path` a class, in natural order; "none" has no labels.
        size: crop and scale every image to this many pixels per side, or to a height and width, by its largest centred
            part of that shape; without it, all images must have one size.
        mode: "RGB" for 3 channels, "L" for 1 (grey); "auto" is grey if all images are, else RGB.
        on_bad: "error" stops at files that are damaged or too large, "skip" leaves them out with a notice.
        max_megapixels: an image with more megapixels counts as bad, before it is decoded.
        data_root: the folder of all data.
    """

    classes: int | None

    def __init__(
        self,
        *,
        path: Path,
        classes_from: Literal["folders", "none"] = "none",
        size: Side | tuple[Side, Side] | None = None,
        mode: Mode = "auto",
        on_bad: Literal["error", "skip"] = "error",
        max_megapixels: Annotated[float, Field(gt=0, le=178)] = MAX_MEGAPIXELS,
        data_root: Path,
    ) -> None:
        self._folder = data_root / path.expanduser()
        self._labelled = classes_from == "folders"
        self._size = self.image_size = size
        self._mode = mode
        self.channels = {"L": 1, "RGB": 3}.get(mode)
        self._on_bad = on_bad
        self._max_megapixels = max_megapixels
        self._class_names = self._find_classes() if self._labelled and self._folder.is_dir() else []
        self.classes = len(self._class_names) or None

    def files(self) -> list[DataFile]:
        """Return every image file, in natural order; raise a DataError if there is none."""
        return [DataFile(path) for path in self._paths()]

    def decode(self) -> Images:
        """Return uint8 images, or uint16 for 16-bit grey files, [N, H, W, C]; labels count class folders from 0."""
        paths = self._paths()
        mode = self._mode if self._mode != "auto" else self._common_mode(paths)
        images: Array | None = None
        kept: list[Path] = []
        bad: list[DataError] = []
        for path in paths:
            try:
                image = self._read(path, mode)
            except DataError as error:
                bad.append(error)
                continue
            if images is None:
                images = np.empty((len(paths), *image.shape), image.dtype)
            self._require_alike(image, path, images, kept)
            images[len(kept)] = image
            kept.append(path)
        if bad and (self._on_bad == "error" or images is None):
            raise DataError(
                f"{len(bad):,} of {len(paths):,} images cannot be used:\n{_listed(bad)}",
                fix='repair or remove them, or leave them out with on_bad = "skip"',
            )
        assert images is not None  # there is at least one path, and it was either bad or kept
        notices = (f"left out {len(bad):,} of {len(paths):,} images:\n{_listed(bad)}",) if bad else ()
        labels = np.array([self._label(path) for path in kept], np.int64) if self._labelled else None
        names = [path.relative_to(self._folder).with_suffix("").as_posix() for path in kept]
        return Images(images[: len(kept)], labels, notices, names)

    def _read(self, path: Path, mode: Mode) -> Array:
        return read_image(path, mode=mode, size=self._size, max_megapixels=self._max_megapixels)

    def _paths(self) -> list[Path]:
        if not self._folder.is_dir():
            raise DataError(
                f"{self._folder} is missing or not a folder",
                fix="set path to the folder of images, as an absolute path or relative to the folder of all data",
            )
        found = []
        for parent, folders, names in os.walk(self._folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            visible = (name for name in names if not name.startswith("."))
            found += [Path(parent, name) for name in visible if name.lower().endswith(SUFFIXES)]
        if not found:
            raise DataError(f"{self._folder} holds no images ({', '.join(SUFFIXES)})", fix="set path to another folder")
        return sorted(found, key=lambda path: [_natural(part) for part in path.relative_to(self._folder).parts])

    def _find_classes(self) -> list[str]:
        names = []
        for path in self._paths():
            parts = path.relative_to(self._folder).parts
            if len(parts) == 1:
                raise DataError(
                    f"{path} is not in a class folder", fix="move it into one, or set classes_from = 'none'"
                )
            names.append(parts[0])
        return list(dict.fromkeys(names))

    def _label(self, path: Path) -> int:
        return self._class_names.index(path.relative_to(self._folder).parts[0])

    def _common_mode(self, paths: list[Path]) -> Mode:
        """Return grey if every readable file is grey, else RGB; decoding reports the unreadable files."""
        for path in paths:
            try:
                if not is_grey(path):
                    return "RGB"
            except DataError:
                continue
        return "L"

    def _require_alike(self, image: Array, path: Path, images: Array, kept: list[Path]) -> None:
        first = kept[0] if kept else path
        if image.shape != images.shape[1:]:
            raise DataError(
                f"images have different sizes: {path} is {_extent(image)}, {first} is {_extent(images[0])}",
                fix="set size to scale and crop them all to one size",
            )
        if image.dtype != images.dtype:
            raise DataError(
                f"images have different depths: {path} is {image.dtype}, {first} is {images.dtype}",
                fix="convert them to one depth, or put them into separate folders",
            )


def _natural(name: str) -> tuple[list[str | int], str]:
    """Return a sort key that compares runs of digits as numbers, and case only between otherwise equal names."""
    return [int(run) if run.isdecimal() else run.casefold() for run in re.split(r"([0-9]+)", name)], name


def _extent(image: Array) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _listed(errors: list[DataError]) -> str:
    lines = [f"  {error.message}" for error in errors[:_NAMED]]
    if len(errors) > _NAMED:
        lines.append(f"  and {len(errors) - _NAMED:,} more")
    return "\n".join(lines)
