"""The dataset contract: integer images, optional labels, and the files they are decoded from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ganforge.errors import DataError

Array = npt.NDArray[Any]
"""A NumPy array; comments and docstrings state its type and shape."""
LARGEST_STRIP = 4
"""Pixels; arrays with a side of no more are too small to tell one layout of images from another by their shape."""
COMPONENT_FIX = "this is a mistake in the dataset component: report it to the plugin's author"


@dataclass(frozen=True)
class Images:
    """Decoded images.

    Attributes:
        images: uint8 or uint16 [N, H, W, C].
        labels: int64 [N], counted from 0, or None.
        notices: notices about this data for the user, one sentence each.
        names: unique names of the images, by which paired datasets are matched; None to match them by number.
        class_names: names of the classes by label, by which those of other datasets and of trained networks are
            matched; None to match them by number.

    Raises:
        DataError: the arrays are not of these types and shapes.
    """

    images: Array
    labels: Array | None = None
    notices: tuple[str, ...] = ()
    names: Sequence[str] | None = None
    class_names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        images, labels, names = self.images, self.labels, self.names
        mistake = None
        if images.ndim != 4 or images.dtype not in (np.uint8, np.uint16):
            mistake = f"images must be uint8 or uint16 [N, H, W, C], not {images.dtype} {list(images.shape)}"
        elif channels_first(images.shape):
            mistake = f"images must be [N, H, W, C], and {list(images.shape)} has the channels before height and width"
        elif labels is not None and (labels.shape != images.shape[:1] or labels.dtype != np.int64):
            mistake = f"labels must be int64 [{len(images)}], not {labels.dtype} {list(labels.shape)}"
        elif names is not None and len(names) != len(images):
            mistake = f"there are {len(names)} names of {len(images)} images"
        elif self.class_names is not None and (labels is None or len(set(self.class_names)) != len(self.class_names)):
            mistake = f"the names of classes must be unique and those of labels, not {list(self.class_names)}"
        if mistake:
            raise DataError(mistake, fix=COMPONENT_FIX)


def channels_first(shape: tuple[int, ...]) -> bool:
    """Return True if an array is, by its shape, images with channels before height and width, such as [N, 3, 32, 32].

    Taken as [N, H, W, C], these would be images of 3 rows and 32 channels.
    """
    return len(shape) == 4 and shape[1] in (1, 3) and shape[3] not in (1, 3) and min(shape[2:]) > LARGEST_STRIP


def one_image(shape: tuple[int, ...]) -> bool:
    """Return True if an array is, by its shape, one RGB image [H, W, 3] rather than grey images 3 pixels wide."""
    return len(shape) == 3 and shape[2] == 3 and min(shape[:2]) > LARGEST_STRIP


@dataclass(frozen=True)
class DataFile:
    """A file that a dataset reads.

    Attributes:
        path: its path, below the data root.
        url: the address that it can be fetched from, or None.
        md5: its published checksum, or None.
        largest: bytes above which a download is given up.
    """

    path: Path
    url: str | None = None
    md5: str | None = None
    largest: int = 4 << 30


class Dataset(Protocol):
    """The contract of a component of kind `dataset`; its options are the keyword-only parameters of its `__init__`.

    A dataset that crops images to a size itself, by `read_image`, names the option that holds this size in a class
    attribute `crops_to`, so that a finished run crops a user's images in the same way.

    A dataset that knows the size of its images before it decodes them may say so in two more attributes, `image_size`
    (pixels of a side, or height and width) and `channels`; `ganforge check` then tries the networks out.

    Attributes:
        classes: number of label values, or None without labels.
    """

    classes: int | None

    def files(self) -> Sequence[DataFile]:
        """Return the files that `decode` reads; none for generated data."""

    def decode(self) -> Images:
        """Read or generate all images, the same each time.

        Raises:
            DataError: a file is missing or damaged; the message names the file, the cause and the fix.
        """
