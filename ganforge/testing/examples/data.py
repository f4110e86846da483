"""Calls of datasets, decoded where their files are there, and of augmentations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from ganforge.data.images import Dataset, Images
from ganforge.errors import DataError
from ganforge.quantities.states import states_of
from ganforge.recipe.augmentation import Changing
from ganforge.testing.check import Flaw, Inapplicable
from ganforge.testing.examples.example import CALL_SEED, Example, accepted
from ganforge.testing.subject import Subject

NO_DATA = Path("no-data").absolute()
BATCH = 8


def dataset_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of `decode`.

    Raises:
        Inapplicable: its files are missing.
        Flaw: it does not return Images.
    """
    dataset = built(subject)
    require_files(subject, dataset)

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        decoded = decode(dataset)
        return {"images": decoded.images} | ({} if decoded.labels is None else {"labels": decoded.labels})

    yield Example("decode()", dataset, call, {})


def built(subject: Subject, data_root: Path | None = None) -> Dataset:
    """Return the dataset; without any folder of data, it finds no files."""
    dataset: Dataset = subject.build({"data_root": data_root or subject.data_root or NO_DATA})
    return dataset


def require_files(subject: Subject, dataset: Dataset) -> None:
    """Make sure that a dataset's files are there.

    Raises:
        Inapplicable: one is missing.
    """
    required = ", ".join(repr(option.name) for option in subject.required)
    if required:
        raise Inapplicable(f"its files are its user's: give its options {required}")
    try:
        missing = [file.path for file in dataset.files() if not file.path.exists()]
    except DataError as error:
        raise Inapplicable(error.message) from None
    if missing:
        place = f"missing in {subject.data_root}" if subject.data_root else "missing: name a folder of data"
        raise Inapplicable(f"{missing[0].name} is {place}")


def decode(dataset: Dataset) -> Images:
    """Decode a dataset.

    Raises:
        Flaw: it does not return Images.
    """
    decoded = dataset.decode()
    if not isinstance(decoded, Images):
        raise Flaw(f"decode() returns {type(decoded).__name__}", fix="return ganforge.data.images.Images")
    return decoded


def augmentation_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of an augmentation on colour and grey images in [0, 1]."""
    function = subject.build()
    if isinstance(function, Changing):
        states = states_of(function.function, function.prefix)
        function.moment.states = {name: state.first({}) for name, state in states.items()}
    moments = ((", progress 0", 0), (", progress 1", None)) if isinstance(function, Changing) else (("", None),)
    images = ((3, 16), (1, 28))
    yield from accepted(_augmented(function, *one, *moment) for moment in moments for one in images)


def _augmented(function: Any, channels: int, size: int, label: str, step: int | None) -> Example:
    images = torch.rand(BATCH, channels, size, size, generator=torch.Generator().manual_seed(size))

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        if isinstance(function, Changing):
            function.moment.step = step
        # The generator is on the CPU whatever the images' device, like torch's own, which losses' views draw from.
        return {"images": function(given["images"], torch.Generator().manual_seed(CALL_SEED))}

    return Example(
        f"{size}x{size} pixels, {channels} channels{label}",
        function,
        call,
        {"images": images},
        shapes={"images": tuple(images.shape)},
        bounds={"images": (0.0, 1.0)},
        batched=frozenset({"images"}),
        learns=(frozenset({"images"}),),
    )
