"""Datasets and augmentations: examples, and checks of files, images, labels, repeated decoding and a strength of 0."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganforge.data.images import DataFile, Dataset, Images
from ganforge.errors import DataError
from ganforge.image_size import as_size
from ganforge.marks import marks_of
from ganforge.quantities.states import states_of
from ganforge.recipe.augmentation import Changing, takes_at_call
from ganforge.testing import fresh_process
from ganforge.testing.check import check
from ganforge.testing.example import CALL_SEED, Example, accepted, builds_examples, examples_of, gap
from ganforge.testing.flaw import Flaw, Inapplicable, describe_error
from ganforge.testing.subject import Subject

# With this many images a class, all classes are expected.
ENOUGH = 20
CLOSE = 1e-4
MD5 = re.compile(r"[0-9a-f]{32}")
NO_DATA = Path("no-data").absolute()
BATCH = 8


@builds_examples("dataset")
def dataset_examples(subject: Subject) -> Iterator[Example]:
    """Yield a call of `decode`; raise Inapplicable if the dataset's files are missing."""
    required = ", ".join(repr(option.name) for option in subject.required)
    if required:
        raise Inapplicable(f"its files are its user's: give its options {required}")
    dataset = _build(subject)
    try:
        missing = [file.path for file in dataset.files() if not file.path.exists()]
    except DataError as error:
        raise Inapplicable(error.message) from None
    if missing:
        place = f"missing in {subject.data_root}" if subject.data_root else "missing: name a folder of data"
        raise Inapplicable(f"{missing[0].name} is {place}")

    def call(given: Mapping[str, Any]) -> dict[str, Any]:
        decoded = dataset.decode()
        if not isinstance(decoded, Images):
            raise Flaw(f"decode() returns {type(decoded).__name__}", fix="return ganforge.data.images.Images")
        if decoded.class_names is not None and len(decoded.class_names) != dataset.classes:
            what = f"it names {len(decoded.class_names)} of its {dataset.classes} classes"
            raise Flaw(what, fix="name every class, in the order of the labels")
        return {"images": decoded.images, "labels": decoded.labels}

    yield Example("decode()", dataset, call, {})


@builds_examples("augmentation")
def augmentation_examples(subject: Subject) -> Iterator[Example]:
    """Yield calls of an augmentation on colour and grey images in [0, 1], at both ends of a training."""
    function = subject.build()
    moments: tuple[tuple[str, int | None], ...] = (("", None),)
    if isinstance(function, Changing):
        states = states_of(function.function, function.prefix)
        function.moment.states = {name: state.first({}) for name, state in states.items()}
        moments = ((", progress 0", 0), (", progress 1", None))

    def example(choice: tuple[tuple[str, int | None], tuple[int, int]]) -> Example:
        (label, step), (channels, size) = choice
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

    yield from map(example, accepted(product(moments, ((3, 16), (1, 28))), example))


def _build(subject: Subject, data_root: Path | None = None) -> Dataset:
    """Return the dataset; without any folder of data, it finds no files."""
    dataset: Dataset = subject.build({"data_root": data_root or subject.data_root or NO_DATA})
    return dataset


@check(
    "dataset",
    why="The cache is keyed by them, and `ganforge download` fetches them.",
    fix="Return DataFile(path below data_root, https address, MD5 as 32 hex digits), present or not.",
    calls=False,
)
def files(subject: Subject) -> None:
    """Find files that are no DataFile, not absolute, or have a malformed address or checksum."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = _build(subject, Path(folder)).files()
        except DataError:
            return  # they are not known before others are there
        except Exception as error:
            raise Flaw(f"files() fails when no file is there: {describe_error(error)}") from error
    for file in found:
        if not isinstance(file, DataFile) or not isinstance(file.path, Path) or not file.path.is_absolute():
            raise Flaw(f"files() returns {file!r}, which is no DataFile with an absolute path")
        if file.url is not None and not file.url.startswith(("https://", "http://")):
            raise Flaw(f"{file.path.name} has the address {file.url!r}")
        if file.md5 is not None and not MD5.fullmatch(file.md5):
            raise Flaw(f"{file.path.name} has the MD5 {file.md5!r}")


@check(
    "dataset",
    why="It is the first error that a user of a new dataset sees.",
    fix='Raise DataError(f"{path} is missing", fix="ganforge download NAME --data ...") in `decode`.',
    calls=False,
)
def missing(subject: Subject) -> None:
    """Find a missing file that ends in a traceback, or in a message without a fix."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = _build(subject, Path(folder))
        try:
            if not dataset.files():
                return
            dataset.decode()
        except DataError as error:
            if error.fix is None:
                raise Flaw(f"without its files it says {error.message!r}, and not what to do") from error
            return
        except Exception as error:
            raise Flaw(f"without its files it raises {describe_error(error)}") from error
    raise Flaw("without its files, decode() returns images")


@check(
    "dataset",
    why="Images are integers over the whole range of their type: such images come out black.",
    fix="Scale to 0..255 and round before `.astype(np.uint8)`; use uint16 for 16-bit sources only.",
)
def images(subject: Subject) -> None:
    """Find missing or identical images, values in 0..1, 8 bits in uint16, or another size than declared."""
    pixels = _decoded(subject).images
    if not pixels.size:
        raise Flaw("it holds no images")
    most = int(pixels.max())
    if most <= 1:
        raise Flaw(f"its {pixels.dtype} images run from {int(pixels.min())} to {most}: were they scaled to [0, 1]?")
    if pixels.dtype == np.uint16 and most <= 255:
        raise Flaw(f"its uint16 images end at {most}: they have 8 bits, and come out black")
    dataset, shape = _build(subject), (as_size(*pixels.shape[1:3]), pixels.shape[3])
    said = [getattr(dataset, name, None) or real for name, real in zip(("image_size", "channels"), shape, strict=True)]
    if tuple(said) != shape:
        own = f"its images have {shape[0]} and {shape[1]}"
        raise Flaw(f"it declares image_size {said[0]} and channels {said[1]}; {own}")
    if len(pixels) > 1 and bool((pixels == pixels[:1]).all()):
        raise Flaw(f"all of its {len(pixels)} images are the same")


@check(
    "dataset",
    why="A classifier of that many classes cannot be trained on them, or learns the wrong classes.",
    fix="Number the classes from 0 to classes - 1, int64; set `classes` to None when there are no labels.",
)
def labels(subject: Subject) -> None:
    """Find labels that do not fit `classes`, are not counted from 0, or are all identical."""
    decoded, classes = _decoded(subject), _build(subject).classes
    found = decoded.labels
    if (found is None) != (classes is None):
        raise Flaw(f"`classes` is {classes}, and labels are {'missing' if found is None else 'there'}")
    if found is None or classes is None or not found.size:
        return
    least, most = int(found.min()), int(found.max())
    if least < 0 or most >= classes:
        raise Flaw(f"labels run from {least} to {most} with {classes} classes")
    if len(found) >= ENOUGH * classes and classes > 1:
        if least > 0:
            raise Flaw(f"none of {len(found)} images has the label 0")
        if least == most:
            raise Flaw(f"all of its {len(found)} images have the label {least}")


@check(
    "dataset",
    why="Decoded images are cached, and their digest is part of a run's identity.",
    fix="Sort directory listings, do not iterate over sets, and draw from `default_rng(seed)` alone.",
)
def digest(subject: Subject) -> None:
    """Find images or labels that change from one decoding to the next, or from process to process."""
    first = fresh_process.digest_of(_decoded(subject))
    if fresh_process.digest_of(_decoded(subject)) != first:
        raise Flaw("decoded twice, its images or labels differ")
    use, _ = subject.chosen
    options = use.resolved()
    del options["use"]
    if any(option.name == "data_root" for option in use.entry.schema.options):
        options.setdefault("data_root", str(subject.data_root))
    if fresh_process.digest(use.entry.component.target, options) != first:
        raise Flaw("decoded in another process, its images or labels differ")


@check(
    "augmentation",
    why="A recipe schedules the strength from 0, where training must see the images themselves.",
    fix="Multiply what the augmentation adds, moves or turns by `strength`.",
)
def strength(subject: Subject) -> None:
    """Find an augmentation that changes images although its strength is 0."""
    options = {option.name for option in subject.entry.schema.options}
    if "strength" not in options and not takes_at_call(subject.entry.load(), "strength", own=False):
        return
    for example in examples_of(subject.with_options(strength=0.0)):
        apart = gap(example.run()["images"], example.inputs["images"])
        if apart > CLOSE:
            raise Flaw(f"{example}: with a strength of 0, images change by {apart:.1%} of the largest value")


@check(
    "augmentation",
    why="The images of paired roles are moved by the same random numbers, and would come apart.",
    fix="Draw as many numbers for images of any size and channels, or do not mark it as geometric.",
)
def geometry(subject: Subject) -> None:
    """Find an augmentation that is marked as geometric and moves grey images otherwise than coloured ones."""
    if not marks_of(subject.entry.load()).geometric:
        return
    for example in examples_of(subject):
        grey = example.inputs["images"][:, :1]
        moved = [example.with_inputs({"images": grey.expand(-1, count, -1, -1)}).run()["images"] for count in (1, 3)]
        if (apart := gap(moved[1], moved[0].expand(-1, 3, -1, -1))) > CLOSE:
            raise Flaw(f"{example}: grey images move otherwise than coloured ones: values differ by {apart:.1%}")


def _decoded(subject: Subject) -> Images:
    """Build and decode a dataset; raise Inapplicable if its files are missing, or it cannot be decoded at all."""
    [example] = examples_of(subject)
    return Images(**example.run())
