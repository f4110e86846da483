"""From the data tables of a recipe to image sets: decoded once, chosen and resized once, split for validation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganforge.data import cache
from ganforge.data.images import Array, DataFile, Dataset, Images
from ganforge.data.source import ImageSet
from ganforge.data.transform import SYMMETRIC, UNIT, Normalization, convert
from ganforge.errors import DataError
from ganforge.image_size import sides
from ganforge.recipe.schema import DataTable, JudgeTable, Standardize

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
    """A dataset reduced to the recipe's classes, in its size and channels, and mixed if it is sorted by class."""

    def __init__(
        self, dataset: Dataset, identity: dict[str, Any], table: DataTable, mixed: bool, cache_dir: Path, say: Notify
    ):
        self._dataset = dataset
        self._mixed = mixed
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
        if self._mixed and labels is not None:
            order = mixed_order(labels)
            images, labels = images[order], labels[order]
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


def is_sorted_by_class(labels: Array | None) -> bool:
    """Return True if the images of each class lie together, as class folders are read.

    The labels alone decide. Neighbours that are merely related, as in SVHN, change their labels far more often.
    """
    if labels is None or len(labels) < 3:
        return False
    blocks = np.count_nonzero(np.diff(labels)) + 1
    return bool(1 < blocks == len(np.unique(labels)))


def mixed_order(labels: Array) -> Array:
    """Return an order in which every stretch holds each class in proportion to its images, int64 [N].

    The k-th of the n images of a class goes to the place (k + 1/2) / n of the way, so those of a class stay in order.
    """
    places = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        places[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.lexsort((labels, places))


def _missing(part: ImageSet, whole: ImageSet) -> str | None:
    """Return a notice of the classes that a part has no image of, and the whole has."""
    if part.labels is None or whole.labels is None:
        return None
    missing = np.setdiff1d(whole.labels, part.labels)
    if not len(missing):
        return None
    which = "its validation images hold" if part.name == "validation" else "the images used hold"
    return f"[data.{whole.name}]: {which} none of the classes {', '.join(map(str, missing))}"


def normalization_of(table: DataTable | JudgeTable) -> Normalization:
    """Return the normalisation that a table declares."""
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
        DataError: a file is missing or damaged, there are none of the classes, or no image is left to train on.
    """
    plain = json.loads(json.dumps(dict(identity), default=str))
    try:
        base = cache.load(dataset, identity=plain, cache_dir=cache_dir, on_decode=say)
        if table.classes is not None:
            _check_classes(base, table.classes, name)
        height, width, depth = base.images.shape[1:]
        size = (*(sides(table.resize) if table.resize else (height, width)), table.channels or depth)
        partial = bool(table.validation or table.skip or table.limit or table.range)
        mixed = partial and is_sorted_by_class(base.labels)
        if size != (height, width, depth) or table.classes is not None or mixed:
            wanted = plain | {"resize": table.resize, "channels": table.channels}
            wanted |= {} if table.classes is None else {"classes": table.classes}
            wanted |= {"order": "mixed"} if mixed else {}
            converted = _Converted(dataset, plain, table, mixed, cache_dir, say)
            base = cache.load(converted, identity=wanted, cache_dir=cache_dir)
    except DataError as error:
        error.where = error.where or where
        raise
    start, stop = table.range or (table.skip, table.skip + (table.limit or len(base.images)))
    stop = min(stop, len(base.images))
    if start >= stop:
        message = f"[data.{name}] has {len(base.images)} images, and uses those from number {start} on"
        raise DataError(message, where=where, fix="lower `skip`, or use another `range`")
    if table.validation >= stop - start:
        raise DataError(
            f"[data.{name}] holds out {table.validation} of {stop - start} images; none would be left",
            where=where,
            fix="lower `validation`",
        )
    normalization = normalization_of(table)
    depth = base.images.shape[3]
    if len(normalization.mean) not in (1, depth) or len(normalization.std) not in (1, depth):
        raise DataError(f"[data.{name}] has {depth} channels; `normalize` has other numbers of values", where=where)
    whole = ImageSet(name, base.images, base.labels, base.classes, normalization, base.digest)
    split = stop - table.validation
    train = whole.slice(start, split, name)
    validation = whole.slice(split, stop, "validation") if table.validation else None
    missing = [_missing(part, whole) for part in (train, validation) if part is not None]
    notices = [f"{identity.get('component', name)}: {notice}" for notice in base.notices]
    return Loaded(train, validation, (*notices, *filter(None, missing)))
