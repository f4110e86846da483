"""From the data tables of a recipe to image sets: decoded once, resized once, split into training and validation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """A dataset whose images have been brought to the recipe's size and channels."""

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
        images = convert(base.images, self._table.resize, self._table.channels)
        return Images(images, base.labels, base.notices)


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
        DataError: a file is missing or damaged, images are not square, or more are held out than there are.
    """
    plain = json.loads(json.dumps(dict(identity), default=str))
    try:
        base = cache.load(dataset, identity=plain, cache_dir=cache_dir, on_decode=say)
        height, width, depth = base.images.shape[1:]
        if (table.resize or height, table.resize or width, table.channels or depth) != (height, width, depth):
            wanted = plain | {"resize": table.resize, "channels": table.channels}
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
