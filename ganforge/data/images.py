"""The dataset contract: integer images, optional labels, and the files that they come from."""

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


@dataclass(frozen=True)
class Images:
    """Decoded images.

    Attributes:
        images: uint8 or uint16 [N, H, W, C].
        labels: int64 [N], counted from 0, or None.
        notices: what the user should know about this data, one sentence each.
        names: of the images, each once, by which those of paired datasets find each other; None for images that are
            paired by their numbers.

    Raises:
        DataError: the arrays are not of these types and shapes.
    """

    images: Array
    labels: Array | None = None
    notices: tuple[str, ...] = ()
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype not in (np.uint8, np.uint16):
            raise DataError(
                f"images must be uint8 or uint16 [N, H, W, C], not {self.images.dtype} {list(self.images.shape)}",
                fix="this is a mistake in the dataset component: report it to the plugin's author",
            )
        if self.labels is not None and (self.labels.shape != self.images.shape[:1] or self.labels.dtype != np.int64):
            raise DataError(
                f"labels must be int64 [{len(self.images)}], not {self.labels.dtype} {list(self.labels.shape)}",
                fix="this is a mistake in the dataset component: report it to the plugin's author",
            )
        if self.names is not None and len(self.names) != len(self.images):
            raise DataError(
                f"there are {len(self.names)} names of {len(self.images)} images",
                fix="this is a mistake in the dataset component: report it to the plugin's author",
            )


@dataclass(frozen=True)
class DataFile:
    """A file that a dataset reads.

    Attributes:
        path: where it lies, below the data root.
        url: where it can be fetched, or None.
        md5: its published checksum, or None.
    """

    path: Path
    url: str | None = None
    md5: str | None = None


class Dataset(Protocol):
    """The contract of a component of kind `dataset`; its options are the keyword-only parameters of its `__init__`.

    Attributes:
        classes: how many label values there are, or None without labels.
    """

    classes: int | None

    def files(self) -> Sequence[DataFile]:
        """The files that `decode` reads; empty for generated data."""

    def decode(self) -> Images:
        """Read or generate all images, the same each time.

        Raises:
            DataError: a file is missing or damaged; the message names the file, the cause and the fix.
        """
