"""From the data tables of a recipe to image sets: decoded once, chosen and resized once, split for validation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganforge.data import cache
from ganforge.data.images import DataFile, Dataset, Images
from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC, UNIT, Normalization, convert
from ganforge.errors import DataError
from ganforge.recipe.schema import DataTable, Standardize

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """A data table's images.

    Attributes:
        train: what batches are drawn from (all images of a test table).
        validation: what was held out, or None.
        notices: what the user should know about the data.
    """

    train: ImageSet
    validation: ImageSet | None
    notices: tuple[str, ...]


class _Converted:
    """A dataset of which the recipe's classes are left, in the recipe's size and channels."""

    def __init__(self, dataset: Dataset, identity: dict[str, Any], table: DataTable, cache_dir: Path, say: Notify):
        self._dataset = dataset
        self._identity = identity
        self._table = table
        self._cache_dir = cache_dir
        self._say = say
        self.classes = dataset.classes

    def files(self) -> Sequence[DataFile]:
        return self._dataset.files()

    def decode(self) -> Images:
        base = cache.load(self._dataset, identity=self._identity, cache_dir=self._cache_dir, on_decode=self._say)
        images, labels = base.images, base.labels
        if self._table.classes is not None and labels is not None:
            chosen = np.flatnonzero(np.isin(labels, self._table.classes))
            images, labels = images[chosen], labels[chosen]
        return Images(convert(images, self._table.resize, self._table.channels), labels, base.notices)


def _check_classes(base: cache.CachedImages, classes: Sequence[int], name: str) -> None:
    """Make sure that a choice of classes leaves images.

    Raises:
        DataError: there are no labels, no such classes, or no images of them.
    """
    if base.labels is None or base.classes is None:
        raise DataError(
            f"[data.{name}] chooses classes, and its images have no labels",
            fix="remove `classes`, or use labelled data",
        )
    if unknown := [str(label) for label in classes if label >= base.classes]:
        raise DataError(
            f"[data.{name}] chooses the classes {', '.join(unknown)}, and its images have the classes 0 to "
            f"{base.classes - 1}",
            fix="name classes that there are",
        )
    if not np.isin(base.labels, classes).any():
        raise DataError(f"[data.{name}] has no image of the classes {list(classes)}", fix="name other `classes`")


def normalization_of(table: DataTable) -> Normalization:
    """The normalisation that a data table declares."""
    if isinstance(table.normalize, Standardize):
        return Normalization(tuple(table.normalize.mean), tuple(table.normalize.std))
    return SYMMETRIC if table.normalize == "symmetric" else UNIT


def load_images(
    name: str,
    table: DataTable,
    dataset: Dataset,
    identity: Mapping[str, Any],
    cache_dir: Path,
    say: Notify,
    where: str | None = None,
) -> Loaded:
    """Load the images of a data table.

    Args:
        name: the data role or test set.
        table: its keys.
        dataset: its component, built.
        identity: component, version and options, as JSON values.
        cache_dir: where decoded data is kept.
        say: told what takes time.
        where: the table's place, for messages.

    Raises:
        DataError: a file is missing or damaged, images are not square, there are none of the classes, or more are held
            out than there are.
    """
    plain = json.loads(json.dumps(dict(identity), default=str))
    try:
        base = cache.load(dataset, identity=plain, cache_dir=cache_dir, on_decode=say)
        if table.classes is not None:
            _check_classes(base, table.classes, name)
        height, width, depth = base.images.shape[1:]
        size = (table.resize or height, table.resize or width, table.channels or depth)
        if size != (height, width, depth) or table.classes is not None:
            wanted = plain | {"resize": table.resize, "channels": table.channels}
            wanted |= {} if table.classes is None else {"classes": table.classes}
            converted = _Converted(dataset, plain, table, cache_dir, say)
            base = cache.load(converted, identity=wanted, cache_dir=cache_dir)
        elif height != width:
            convert(base.images)
    except DataError as error:
        error.where = error.where or where
        raise
    count = min(len(base.images), table.limit or len(base.images))
    if table.validation >= count:
        raise DataError(
            f"[data.{name}] holds out {table.validation} of {count} images; none would be left",
            where=where,
            fix="lower `validation`",
        )
    normalization = normalization_of(table)
    depth = base.images.shape[3]
    if len(normalization.mean) not in (1, depth) or len(normalization.std) not in (1, depth):
        raise DataError(f"[data.{name}] has {depth} channels; `normalize` has other numbers of values", where=where)
    whole = ImageSet(name, base.images, base.labels, base.classes, normalization, base.digest)
    split = count - table.validation
    return Loaded(
        train=whole.slice(0, split, name),
        validation=whole.slice(split, count, "validation") if table.validation else None,
        notices=tuple(f"{identity.get('component', name)}: {notice}" for notice in base.notices),
    )
