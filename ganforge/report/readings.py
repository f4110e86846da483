"""What was read in test images: every reader's class for each image, and some of the images themselves.

A run keeps this beside its metrics, in one small safetensors file, so that its report shows pairs and confusions
wherever it lies, without data, plugins or weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from ganforge.data.images import Array
from ganforge.errors import RunError
from ganforge.judge import is_circular
from ganforge.runs import atomic

_KEY = "readings"
_READER = ("name", "scores", "about", "judge")
_PARTS = ("labels", "indices", "inputs", "outputs")


@dataclass(frozen=True)
class Reader:
    """Whoever names the class of images.

    Attributes:
        name: of a judge in the recipe, or of a network of the run itself.
        scores: the method's quantity that holds the class scores of such a network; empty for a judge.
        about: what that quantity is, in a line; empty for a judge.
        judge: whether it is a judge of the outputs.
        classes: the class that it reads in each image, integers [N].
    """

    name: str
    scores: str
    about: str
    judge: bool
    classes: Array


@dataclass(frozen=True)
class Pairs:
    """Some inputs and what became of them.

    Attributes:
        indices: which images of the set, [K]; the first `sample` are spread evenly over the set, the others were added
            because judges misread them.
        inputs: uint8 [K, H, W, C].
        outputs: uint8 [K, h, w, c].
        sample: how many belong to the sample.
    """

    indices: Array
    inputs: Array
    outputs: Array
    sample: int


@dataclass(frozen=True)
class Readings:
    """What was read in the images of one set.

    Attributes:
        name: the set's.
        images: how many there are, N.
        classes: number of label values, or None.
        labels: the true classes, integers [N], or None.
        readers: whoever read them.
        pairs: some of the images, where the method makes pictures.
    """

    name: str
    images: int
    classes: int | None
    labels: Array | None
    readers: Sequence[Reader] = ()
    pairs: Pairs | None = None

    @property
    def judges(self) -> list[Reader]:
        """The judges that count: those that took no part in training, or all where there are only others."""
        judges = [reader for reader in self.readers if reader.judge]
        return [judge for judge in judges if not is_circular(judge.name)] or judges

    def misread(self) -> Array:
        """How many judges read another class than the label, by image; zeros without labels. Integers [N]."""
        wrong = np.zeros(self.images, np.int64)
        for reader in self.judges if self.labels is not None else []:
            wrong += reader.classes != self.labels
        return wrong

    @property
    def failures(self) -> Array:
        """Which images at least half of the judges misread, integers."""
        return np.flatnonzero(self.misread() * 2 >= max(1, len(self.judges)))


@dataclass
class _Writer:
    tensors: dict[str, Array] = field(default_factory=dict)

    def put(self, name: str, values: Array | None) -> None:
        if values is not None:
            # Classes seldom need more than a byte each.
            small = values if values.dtype == np.uint8 else values.astype(np.min_scalar_type(values.max(initial=0)))
            self.tensors[name] = np.ascontiguousarray(small)


def save(path: Path, readings: Sequence[Readings]) -> None:
    """Write the readings of image sets, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    writer = _Writer()
    described = []
    for number, one in enumerate(readings):
        writer.put(f"{number}.labels", one.labels)
        for place, reader in enumerate(one.readers):
            writer.put(f"{number}.reader.{place}", reader.classes)
        if one.pairs:
            for part in _PARTS[1:]:
                writer.put(f"{number}.{part}", getattr(one.pairs, part))
        described.append(
            {
                "name": one.name,
                "images": one.images,
                "classes": one.classes,
                "sample": one.pairs.sample if one.pairs else None,
                "readers": [{key: getattr(reader, key) for key in _READER} for reader in one.readers],
            }
        )
    atomic.write_file(path, safetensors.numpy.save(writer.tensors, {_KEY: json.dumps(described)}))


def load(path: Path) -> list[Readings]:
    """Read what `save` wrote; an empty list if there is no such file.

    Raises:
        RunError: the file is damaged.
    """
    if not path.exists():
        return []
    try:
        with safe_open(path, "numpy") as file:
            described: Any = json.loads(file.metadata()[_KEY])
            names = set(file.keys())
            tensors = {name: file.get_tensor(name) for name in names}
        return [_read(tensors, str(number), one) for number, one in enumerate(described)]
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}", fix="delete it: the report is then made without it") from error


def _read(tensors: Mapping[str, Array], number: str, one: Mapping[str, Any]) -> Readings:
    images = int(one["images"])
    labels = _classes(tensors[f"{number}.labels"], images) if f"{number}.labels" in tensors else None
    readers = [
        Reader(
            str(about["name"]),
            str(about["scores"]),
            str(about["about"]),
            bool(about["judge"]),
            _classes(tensors[f"{number}.reader.{place}"], images),
        )
        for place, about in enumerate(one["readers"])
    ]
    classes = None if one["classes"] is None else int(one["classes"])
    pairs = None
    if one["sample"] is not None:
        indices, inputs, outputs = (tensors[f"{number}.{part}"] for part in _PARTS[1:])
        _require_pictures(inputs, len(indices))
        _require_pictures(outputs, len(indices))
        indices = indices.astype(np.int64)
        if indices.ndim != 1 or (len(indices) and not 0 <= indices.max() < images):
            raise ValueError("it shows images that the set does not have")
        pairs = Pairs(indices, inputs, outputs, int(one["sample"]))
    return Readings(str(one["name"]), images, classes, labels, readers, pairs)


def _classes(values: Array, images: int) -> Array:
    if values.shape != (images,) or values.dtype.kind not in "iu":
        raise ValueError(f"classes are {values.dtype} {list(values.shape)}, not integers [{images}]")
    return values.astype(np.int64)


def _require_pictures(pictures: Array, count: int) -> None:
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or len(pictures) != count or pictures.shape[3] not in (1, 3):
        raise ValueError(f"pictures are {pictures.dtype} {list(pictures.shape)}, not uint8 [{count}, H, W, 1 or 3]")
