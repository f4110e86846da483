"""A dataset as it is decoded, where its files are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ganforge.data.images import Dataset, Images
from ganforge.errors import DataError
from ganforge.testing.check import Flaw, Inapplicable
from ganforge.testing.example import Example
from ganforge.testing.subject import Subject

NO_DATA = Path("no-data").absolute()


def dataset_examples(subject: Subject) -> Iterator[Example]:
    """Decoding.

    Raises:
        Inapplicable: the files that it reads are not there.
        Flaw: it returns something else than Images.
    """
    dataset = built(subject)
    require_files(subject, dataset)

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        decoded = decode(dataset)
        return {"images": decoded.images} | ({} if decoded.labels is None else {"labels": decoded.labels})

    yield Example("decode()", dataset, call, {})


def built(subject: Subject, data_root: Path | None = None) -> Dataset:
    """The dataset, with its files in a folder, or where there are none."""
    dataset: Dataset = subject.build({"data_root": data_root or subject.data_root or NO_DATA})
    return dataset


def require_files(subject: Subject, dataset: Dataset) -> None:
    """Make sure that what a dataset reads is there.

    Raises:
        Inapplicable: something is not.
    """
    needed = ", ".join(repr(option.name) for option in subject.needed)
    if needed:
        raise Inapplicable(f"its files are its user's: give its options {needed}")
    try:
        missing = [file.path for file in dataset.files() if not file.path.exists()]
    except DataError as error:
        raise Inapplicable(error.message) from None
    if missing:
        place = f"missing in {subject.data_root}" if subject.data_root else "missing: name a folder of data"
        raise Inapplicable(f"{missing[0].name} is {place}")


def decode(dataset: Dataset) -> Images:
    """The images.

    Raises:
        Flaw: `decode` returns something else.
    """
    decoded = dataset.decode()
    if not isinstance(decoded, Images):
        raise Flaw(f"decode() returns {type(decoded).__name__}", mend="return ganforge.data.images.Images")
    return decoded
