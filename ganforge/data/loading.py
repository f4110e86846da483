"""Image sets from the data tables of a recipe: decoded, selected and resized once, split for validation."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
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
LISTED = 10
"""Maximum number of image names in a message."""


@dataclass(frozen=True)
class Loaded:
    """A data table's images.

    Attributes:
        train: the images that batches are drawn from (all images of a test table).
        validation: the held-out images, or None.
        notices: notices about the data for the user.
        base: the dataset as decoded.
        rows: numbers of the images of the recipe's classes, in the order that ranges index, int64 [M]; None for all
            images in their own order.
        cuts: start and end of the training images, and end of the validation images, as positions in `rows`.
    """

    train: ImageSet
    validation: ImageSet | None
    notices: tuple[str, ...]
    base: cache.CachedImages
    rows: Array | None
    cuts: tuple[int, int, int]


@dataclass
class _Converted:
    """A dataset in the recipe's size and channels, reduced to `rows`."""

    classes: int | None
    dataset: Dataset
    base: cache.CachedImages
    table: DataTable
    rows: Array | None

    def files(self) -> Sequence[DataFile]:
        return self.dataset.files()

    def decode(self) -> Images:
        images, labels, table = self.base.images, self.base.labels, self.table
        if self.rows is not None:
            images, labels = images[self.rows], None if labels is None else labels[self.rows]
        converted = convert(images, table.resize, table.channels, table.fit)
        return Images(converted, labels, self.base.notices, class_names=self.base.class_names)


def _require_classes(base: cache.CachedImages, classes: Sequence[int], name: str) -> None:
    """Raise DataError unless the dataset has labels, these classes, and images of at least one of them."""
    if base.labels is None or base.classes is None:
        message = f"[data.{name}] chooses classes, and its images have no labels"
        raise DataError(message, fix="remove `classes`, or use labelled data")
    if unknown := [str(label) for label in classes if label >= base.classes]:
        message = f"[data.{name}] chooses the classes {', '.join(unknown)}, and its images have the classes 0 to "
        raise DataError(message + str(base.classes - 1), fix="name classes that there are")
    if not np.isin(base.labels, classes).any():
        raise DataError(f"[data.{name}] has no image of the classes {list(classes)}", fix="name other `classes`")


def is_sorted_by_class(labels: Array | None) -> bool:
    """Return True if the images of each class are contiguous, as in class folders; False without labels."""
    if labels is None or len(labels) < 3:
        return False
    blocks = np.count_nonzero(np.diff(labels)) + 1
    return bool(1 < blocks == len(np.unique(labels)))


def mixed_order(labels: Array) -> Array:
    """Return an order in which every range holds each class in proportion to its images, int64 [N].

    The k-th of the n images of a class is placed at the fraction (k + 1/2) / n, so each class keeps its own order.
    """
    places = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        places[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.lexsort((labels, places))


def _chosen(labels: Array | None, table: DataTable) -> Array | None:
    """Return the numbers of the images of a table's classes, in the order that its ranges index; None for all."""
    if labels is None:
        return None
    rows = np.arange(len(labels)) if table.classes is None else np.flatnonzero(np.isin(labels, table.classes))
    if (table.validation or table.skip or table.limit or table.range) and is_sorted_by_class(labels):
        rows = rows[mixed_order(labels[rows])]
    return None if np.array_equal(rows, np.arange(len(labels))) else rows


def _partners(name: str, base: cache.CachedImages, leader: Loaded) -> Array | None:
    """Return the numbers of the partners of another dataset's images, in their order; None for all images.

    Images are paired by name if both datasets have names, and by number otherwise.

    Raises:
        DataError: some images have no partner, or several images have one name.
    """
    other, names, others = leader.train.name, base.names, leader.base.names
    if names is None or others is None:
        if len(base.images) != len(leader.base.images):
            counts = f"[data.{name}] has {len(base.images):,} images, and [data.{other}] {len(leader.base.images):,}"
            raise DataError(f"{counts}, which they are paired with", fix="use datasets of the same images")
        return leader.rows
    for table, each in ((name, names), (other, others)):
        if twice := [one for one, count in Counter(each).items() if count > 1]:
            what = f"several images of [data.{table}] have one name, and images are paired by name:\n{_listed(twice)}"
            raise DataError(what, fix="rename or remove all but one of each")
    lacking = [
        f"not in [data.{table}]:\n{_listed(missing)}"
        for table, each, there in ((name, others, set(names)), (other, names, set(others)))
        if (missing := [one for one in each if one not in there])
    ]
    if lacking:
        what = f"images of [data.{name}] and [data.{other}] are paired by name, and some have no partner\n"
        raise DataError(what + "\n".join(lacking), fix="add the missing files, or remove their partners")
    places = {one: place for place, one in enumerate(names)}
    rows = np.array([places[one] for one in others])
    rows = rows if leader.rows is None else rows[leader.rows]
    return None if np.array_equal(rows, np.arange(len(names))) else rows


def _listed(names: Sequence[str]) -> str:
    more = [f"  and {len(names) - LISTED:,} more"] if len(names) > LISTED else []
    return "\n".join([*(f"  {name}" for name in names[:LISTED]), *more])


def _cuts(name: str, table: DataTable, count: int) -> tuple[int, int, int]:
    """Return the start and end of a table's training images, and the end of its validation images.

    Raises:
        DataError: no image is left to train on.
    """
    start, stop = table.range or (table.skip, table.skip + (table.limit or count))
    stop = min(stop, count)
    if start >= stop:
        message = f"[data.{name}] has {count} images, and uses those from number {start} on"
        raise DataError(message, fix="lower `skip`, or use another `range`")
    if table.validation >= stop - start:
        message = f"[data.{name}] holds out {table.validation} of {stop - start} images; none would be left"
        raise DataError(message, fix="lower `validation`")
    return start, stop - table.validation, stop


def _missing(part: ImageSet, whole: ImageSet) -> str | None:
    """Return a notice of the classes of the whole that a part has no image of, or None."""
    if part.labels is None or whole.labels is None:
        return None
    missing = np.setdiff1d(whole.labels, part.labels)
    if not len(missing):
        return None
    which = "its validation images hold" if part.name == "validation" else "the images used hold"
    names = [whole.class_names[label] if whole.class_names else str(label) for label in missing]
    return f"[data.{whole.name}]: {which} none of the classes {', '.join(names)}"


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
    leader: Loaded | None = None,
) -> Loaded:
    """Load the images of a data table.

    Args:
        name: the data role or test set.
        table: the data table.
        dataset: the table's component, built.
        identity: component, version and options, as JSON values.
        cache_dir: the folder of decoded data.
        say: called with a message before slow work.
        where: the table's place, for messages.
        leader: the images that these are paired with, which determine those that are used.

    Raises:
        DataError: a file is missing or damaged, no image has the chosen classes, no image is left to train on, or
            paired images have no partners.
    """
    plain = json.loads(json.dumps(dict(identity), default=str))
    try:
        base = cache.decode_once(dataset, plain, cache_dir, on_decode=say)
        if table.classes is not None:
            _require_classes(base, table.classes, name)
        height, width, depth = base.images.shape[1:]
        size = (*(sides(table.resize) if table.resize else (height, width)), table.channels or depth)
        rows = _partners(name, base, leader) if leader else _chosen(base.labels, table)
        used = base
        if size != (height, width, depth) or rows is not None:
            wanted = plain | {"base": base.digest, "resize": table.resize, "channels": table.channels}
            wanted |= {} if table.fit == "stretch" else {"fit": table.fit}
            wanted |= {} if rows is None else {"rows": hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest()}
            used = cache.decode_once(_Converted(base.classes, dataset, base, table, rows), wanted, cache_dir)
        start, split, stop = cuts = leader.cuts if leader else _cuts(name, table, len(used.images))
        normalization = normalization_of(table)
        depth = used.images.shape[3]
        if len(normalization.mean) not in (1, depth) or len(normalization.std) not in (1, depth):
            raise DataError(f"[data.{name}] has {depth} channels; `normalize` has other numbers of values")
    except DataError as error:
        error.where = error.where or where
        raise
    whole = ImageSet(name, used.images, used.labels, used.classes, normalization, used.digest, used.class_names)
    train = whole.slice(start, split, name)
    validation = whole.slice(split, stop, "validation") if split < stop else None
    missing = [_missing(part, whole) for part in (train, validation) if part]
    notices = [f"{identity.get('component', name)}: {notice}" for notice in base.notices]
    return Loaded(train, validation, (*notices, *filter(None, missing)), base, rows, cuts)
