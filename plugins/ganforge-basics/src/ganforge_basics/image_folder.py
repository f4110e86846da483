"""A folder of image files as a dataset, with or without classes from its subfolders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ganforge.data.image_file import MAX_MEGAPIXELS, SUFFIXES, Mode, is_grey, read_image
from ganforge.data.image_walk import FoundImages, find_images, natural_order
from ganforge.data.images import Array, DataFile, Images
from ganforge.errors import DataError
from ganforge.printable import printable

Side = Annotated[int, Field(ge=1, le=4096)]

LARGEST_LABEL = 10_000
"""Numbers from here on, as names of class folders, are names like others."""
_NAMED = 10


class ImageFolder:
    """A folder of PNG, JPEG, WebP and BMP files, in natural order (2.png before 10.png), subfolders included.

    Hidden files and folders are skipped; links to folders are not followed; pictures in other formats, such as GIF, are
    counted in a notice. EXIF data set the orientation of images;
    transparent pixels become white; 16-bit grey PNGs keep their depth.

    Args:
        path: the folder; a relative path is relative to the folder of all data.
        classes_from: "folders" makes each folder directly below `path` a class, also one without images, in natural
            order; whole numbers as their names are the labels. "none" has no labels.
        size: crop and scale every image to this many pixels per side, or to a height and width, by its largest centred
            part of that shape; without it, all images must have one size.
        mode: "RGB" for 3 channels, "L" for 1 (grey); "auto" is grey if all images are, else RGB.
        on_bad: "error" stops at files that are damaged or too large, "skip" leaves them out with a notice.
        max_megapixels: an image with more megapixels counts as bad, before it is decoded.
        data_root: the folder of all data.
    """

    crops_to: ClassVar[str] = "size"
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
        self._numbered = _are_labels(self._class_names)
        labels = [int(name) for name in self._class_names] if self._numbered else range(len(self._class_names))
        self._labels = dict(zip(self._class_names, labels, strict=True))
        self.classes = max(labels, default=-1) + 1 or None

    def files(self) -> list[DataFile]:
        """Return every image file, in natural order; raise a DataError if there is none."""
        return [DataFile(path) for path in self._found().paths if path.is_file()]

    def decode(self) -> Images:
        """Return uint8 images, or uint16 for 16-bit grey files, [N, H, W, C]; labels are of class folders."""
        found = self._found()
        paths = found.paths
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
        notices = [f"left out {len(bad):,} of {len(paths):,} images:\n{_listed(bad)}"] if bad else []
        notices += [f"left out pictures in other formats: {found.others_shown}"] if found.others else []
        names = [path.relative_to(self._folder).with_suffix("").as_posix() for path in kept]
        if not self._labelled:
            return Images(images[: len(kept)], None, tuple(notices), names)
        labels = np.array([self._labels[self._class_of(path)] for path in kept], np.int64)
        if self._numbered:
            notices.append(f"the names of the class folders are the labels: {_cut(', ', self._class_names)}")
        class_names = None if self._numbered else tuple(self._class_names)
        return Images(images[: len(kept)], labels, tuple(notices), names, class_names)

    def _read(self, path: Path, mode: Mode) -> Array:
        return read_image(path, mode=mode, size=self._size, max_megapixels=self._max_megapixels)

    def _found(self) -> FoundImages:
        if not self._folder.is_dir():
            raise DataError(
                f"{self._folder} is missing or not a folder",
                fix="set path to the folder of images, as an absolute path or relative to the folder of all data",
            )
        found = find_images(self._folder)
        if not found.paths:
            others = f", but {found.others_shown}" if found.others else ""
            what = f"{self._folder} holds no images ({', '.join(SUFFIXES)}){others}"
            raise DataError(what, fix="set path to another folder, or convert the images")
        return found

    def _find_classes(self) -> list[str]:
        """Return the names of the class folders, in natural order."""
        paths = self._found().paths
        for path in paths:
            if path.parent == self._folder:
                raise DataError(
                    f"{printable(path)} is not in a class folder", fix="move it into one, or set classes_from = 'none'"
                )
        filled = list(dict.fromkeys(self._class_of(path) for path in paths))
        if _are_labels(filled):  # where folders are numbers, an empty one of another name is no class
            return filled
        folders = [path.name for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return sorted({*filled, *folders}, key=natural_order)

    def _class_of(self, path: Path) -> str:
        return path.relative_to(self._folder).parts[0]

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
                f"images have different sizes: {printable(path)} is {_extent(image)}, "
                f"{printable(first)} is {_extent(images[0])}",
                fix="set size to scale and crop them all to one size",
            )
        if image.dtype != images.dtype:
            raise DataError(
                f"images have different depths: {printable(path)} is {image.dtype}, "
                f"{printable(first)} is {images.dtype}",
                fix="convert them to one depth, or put them into separate folders",
            )


def _are_labels(names: list[str]) -> bool:
    """Return True if names of class folders are whole numbers, each another one, small enough for labels."""
    numbers = {int(name) for name in names if name.isascii() and name.isdecimal()}
    return len(numbers) == len(names) > 0 and max(numbers) < LARGEST_LABEL


def _extent(image: Array) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _listed(errors: list[DataError]) -> str:
    return "  " + _cut("\n  ", [error.message for error in errors])


def _cut(separator: str, parts: list[str]) -> str:
    more = [f"and {len(parts) - _NAMED:,} more"] if len(parts) > _NAMED else []
    return separator.join([*parts[:_NAMED], *more])
