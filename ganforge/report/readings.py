"""Classes read in test images by judges and by the run's own networks, and some of the images themselves.

A run keeps them beside its metrics in one small safetensors file, so that its report shows pairs and confusions
wherever it is, without data, plugins or weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydantic
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from ganforge import atomic
from ganforge.data.images import Array
from ganforge.errors import RunError
from ganforge.judge import is_circular
from ganforge.regular_file import require_regular
from ganforge.tensor_header import check_file

_KEY = "readings"
_PARTS = ("indices", "inputs", "outputs")
_LARGEST = 16 << 20  # bytes


@dataclass(frozen=True)
class Reader:
    """A network that classifies images.

    Attributes:
        name: a judge in the recipe, or a network of the run itself.
        scores: the method's quantity that holds the class scores of such a network; empty for a judge.
        about: that quantity in a line; empty for a judge.
        judge: True for a judge of the outputs.
        classes: the class that it reads in each image, integers [N].
    """

    name: str
    scores: str
    about: str
    judge: bool
    classes: Array


@dataclass(frozen=True)
class Pairs:
    """Some images and the outputs for them.

    Attributes:
        indices: indices into the image set, [K]; the first `sample` are spread evenly over it, the others were added
            because judges misread them.
        inputs: uint8 [K, H, W, C].
        outputs: uint8 [K, h, w, c].
        sample: the size of the sample.
    """

    indices: Array
    inputs: Array
    outputs: Array
    sample: int


@dataclass(frozen=True)
class Readings:
    """Classes read in the images of one set.

    Attributes:
        name: the image set.
        images: the number of images, N.
        classes: the number of label values, or None.
        labels: the true classes, integers [N], or None.
        readers: the networks that read them.
        pairs: some of the images, if the method makes pictures.
        class_names: names of the classes by label; empty if they are their numbers.
    """

    name: str
    images: int
    classes: int | None
    labels: Array | None
    readers: Sequence[Reader] = ()
    pairs: Pairs | None = None
    class_names: Sequence[str] = ()

    def class_name(self, label: int) -> str:
        """Return the name of a class, or its number."""
        return self.class_names[label] if label < len(self.class_names) else str(label)

    @property
    def judges(self) -> list[Reader]:
        """The judges that count: those that took no part in training, or all if there are no others."""
        judges = [reader for reader in self.readers if reader.judge]
        return [judge for judge in judges if not is_circular(judge.name)] or judges

    def misread(self) -> Array:
        """Count the judges that read another class than the label, by image; zeros without labels. Integers [N]."""
        wrong = np.zeros(self.images, np.int64)
        for reader in self.judges if self.labels is not None else []:
            wrong += reader.classes != self.labels
        return wrong

    @property
    def failures(self) -> Array:
        """Indices of the images that at least half of the judges misread, integers."""
        return np.flatnonzero(self.misread() * 2 >= max(1, len(self.judges)))


class _Reader(pydantic.BaseModel):
    name: str
    scores: str
    about: str
    judge: bool


class _Set(pydantic.BaseModel):
    name: str
    images: int = pydantic.Field(ge=0, le=_LARGEST)
    classes: int | None
    sample: int | None
    readers: list[_Reader]
    class_names: list[str] = []


_SETS = pydantic.TypeAdapter(list[_Set])


def save_readings(path: Path, readings: Sequence[Readings]) -> None:
    """Write the readings of image sets, atomically.

    Raises:
        OSError: the file cannot be written.
    """
    tensors: dict[str, Array | None] = {}
    sets = []
    for number, one in enumerate(readings):
        tensors[f"{number}.labels"] = one.labels
        tensors |= {f"{number}.reader.{place}": reader.classes for place, reader in enumerate(one.readers)}
        tensors |= {f"{number}.{part}": getattr(one.pairs, part) for part in _PARTS if one.pairs}
        readers = [_Reader.model_validate(reader, from_attributes=True) for reader in one.readers]
        sample = one.pairs.sample if one.pairs else None
        sets.append(
            _Set(
                name=one.name,
                images=one.images,
                classes=one.classes,
                class_names=list(one.class_names),
                sample=sample,
                readers=readers,
            )
        )
    small = {name: _small(values) for name, values in tensors.items() if values is not None}
    atomic.write_file(path, safetensors.numpy.save(small, {_KEY: _SETS.dump_json(sets).decode()}))


def load_readings(path: Path) -> list[Readings]:
    """Read a file of `save_readings`; an empty list if it does not exist.

    Raises:
        RunError: the file is damaged.
    """
    try:
        require_regular(path, _LARGEST)
        check_file(path)
        with safe_open(path, "numpy") as file:
            sets = _SETS.validate_json(file.metadata()[_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return [_readings(tensors, number, one) for number, one in enumerate(sets)]
    except FileNotFoundError:
        return []
    except (OSError, RunError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is damaged: {error}", fix="delete it: the report is then made without it") from error


def _small(values: Array) -> Array:
    """Store classes in as few bytes as they need, which is mostly one."""
    return np.ascontiguousarray(
        values if values.dtype == np.uint8 else values.astype(np.min_scalar_type(values.max(initial=0)))
    )


def _readings(tensors: Mapping[str, Array], number: int, one: _Set) -> Readings:
    labels = tensors.get(f"{number}.labels")
    readers = [
        Reader(**about.model_dump(), classes=_classes(tensors[f"{number}.reader.{place}"], one.images))
        for place, about in enumerate(one.readers)
    ]
    pairs = None
    if one.sample is not None:
        indices, inputs, outputs = (tensors[f"{number}.{part}"] for part in _PARTS)
        for pictures in (inputs, outputs):
            _require_pictures(pictures, len(indices))
        indices = indices.astype(np.int64)
        if indices.ndim != 1 or (len(indices) and not 0 <= indices.min() <= indices.max() < one.images):
            raise ValueError("it shows images that the set does not have")
        pairs = Pairs(indices, inputs, outputs, one.sample)
    known = None if labels is None else _classes(labels, one.images)
    return Readings(one.name, one.images, one.classes, known, readers, pairs, one.class_names)


def _classes(values: Array, images: int) -> Array:
    if values.shape != (images,) or values.dtype.kind not in "iu":
        raise ValueError(f"classes are {values.dtype} {list(values.shape)}, not integers [{images}]")
    if values.size and values.min() < 0:
        raise ValueError("classes are negative")
    return values


def _require_pictures(pictures: Array, count: int) -> None:
    if (
        pictures.dtype != np.uint8
        or pictures.ndim != 4
        or len(pictures) != count
        or pictures.shape[3] not in (1, 3)
        or 0 in pictures.shape[1:]
    ):
        raise ValueError(f"pictures are {pictures.dtype} {list(pictures.shape)}, not uint8 [{count}, H, W, 1 or 3]")
