"""The image files of a folder: one walk for datasets of folders and for `ganforge transfer`."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ganforge.data.image_file import SUFFIXES

OTHER_SUFFIX = re.compile(
    r"\.(gif|tiff?|hei[cf]|avif|jxl|jp2|j2k|svg|psd|ico|tga|exr|hdr|p[pgbn]m|dng|raw|cr[23]|nef|arw|orf|rw2|raf)"
)
"""File name suffixes of pictures in formats that are not read."""


@dataclass(frozen=True)
class FoundImages:
    """The image files of a folder.

    Attributes:
        paths: files with the suffix of a format that is read, in natural order.
        others: the number of pictures in other formats, by their suffix.
    """

    paths: list[Path]
    others: Mapping[str, int]

    @property
    def others_shown(self) -> str:
        """The pictures in other formats as text, such as `3 .gif, 1 .heic`."""
        return ", ".join(f"{count:,} {suffix}" for suffix, count in sorted(self.others.items()))


def find_images(folder: Path, without: Path | None = None) -> FoundImages:
    """Find the image files of a folder and its subfolders, in natural order: 2.png before 10.png.

    Hidden files and folders are skipped; links to folders are not followed. Formats are told by the suffix.

    Args:
        folder: a folder.
        without: a folder below it to leave out, there or not.
    """
    found, others = [], Counter[str]()
    left_out = without and without.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and Path(parent, name).resolve() != left_out]
        for path in (Path(parent, name) for name in names if not name.startswith(".")):
            if path.name.lower().endswith(SUFFIXES):
                found.append(path)
            elif OTHER_SUFFIX.fullmatch(path.suffix.lower()):
                others[path.suffix.lower()] += 1
    return FoundImages(
        sorted(found, key=lambda path: [natural_order(part) for part in path.relative_to(folder).parts]), others
    )


def natural_order(name: str) -> tuple[list[str | int], str]:
    """Return a sort key that compares runs of digits as numbers, and case only between otherwise equal names."""
    return [int(run) if run.isdecimal() else run.casefold() for run in re.split(r"([0-9]+)", name)], name
