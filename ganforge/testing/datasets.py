"""Checks of datasets: files, images, labels, and that the same is decoded each time and everywhere."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np

from ganforge.data.images import DataFile, Images
from ganforge.errors import DataError, GanforgeError
from ganforge.testing import fresh
from ganforge.testing.check import Flaw, Inapplicable, check
from ganforge.testing.dataset_examples import built, decode, require_files
from ganforge.testing.faults import told
from ganforge.testing.subject import Subject

# So many images of each class are enough to expect all classes.
ENOUGH = 20
MD5 = re.compile(r"[0-9a-f]{32}")


@check(
    "dataset",
    finds="files that are no DataFile, are not absolute, or have an address or checksum that is none",
    why="The cache is found by them, and `ganforge download` fetches what they name.",
    mend="Return DataFile(path below data_root, https address, MD5 in 32 hexadecimal digits), the files there or not.",
)
def files(subject: Subject) -> None:
    """What it reads is named, whether it is there or not."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = built(subject, Path(folder)).files()
        except DataError:
            return  # it cannot be known before the files are there
        except Exception as error:
            raise Flaw(f"files() fails where no file is there: {told(error)}") from error
    for file in found:
        if not isinstance(file, DataFile) or not isinstance(file.path, Path) or not file.path.is_absolute():
            raise Flaw(f"files() gives {file!r}, which is no DataFile with an absolute path")
        if file.url is not None and not file.url.startswith(("https://", "http://")):
            raise Flaw(f"{file.path.name} has the address {file.url!r}")
        if file.md5 is not None and not MD5.fullmatch(file.md5):
            raise Flaw(f"{file.path.name} has the MD5 {file.md5!r}")


@check(
    "dataset",
    finds="a missing file that ends in a traceback, or in a message without a remedy",
    why="It is the first thing that happens to whoever tries a new dataset.",
    mend='Raise DataError(f"{path} is missing", fix="ganforge download NAME --data ...") in `decode`.',
)
def missing(subject: Subject) -> None:
    """Without its files, decode raises a DataError that says what to do."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = built(subject, Path(folder))
        try:
            if not dataset.files():
                return
            dataset.decode()
        except DataError as error:
            if error.fix is None:
                raise Flaw(f"without its files it says {error.message!r}, and not what to do") from error
            return
        except Exception as error:
            raise Flaw(f"without its files it raises {told(error)}") from error
    raise Flaw("without its files, decode() returns images")


@check(
    "dataset",
    finds="no images, all the same image, values in 0..1, 8 bits in uint16",
    why="Images are integers over their type's whole range: such ones are black, whatever they were meant to be.",
    mend="Scale to 0..255 and round before `.astype(np.uint8)`; use uint16 for what has 16 bits only.",
)
def images(subject: Subject) -> None:
    """Images are there, differ, and use the range of their type."""
    pixels = _decoded(subject).images
    if not pixels.size:
        raise Flaw("it holds no images")
    most = int(pixels.max())
    if most <= 1:
        raise Flaw(f"its {pixels.dtype} images run from {int(pixels.min())} to {most}: were they scaled to [0, 1]?")
    if pixels.dtype == np.uint16 and most <= 255:
        raise Flaw(f"its uint16 images end at {most}: they have 8 bits, and come out black")
    if len(pixels) > 1 and bool((pixels == pixels[:1]).all()):
        raise Flaw(f"all of its {len(pixels)} images are the same")


@check(
    "dataset",
    finds="labels that do not fit `classes`, are not counted from 0, or are all the same",
    why="A classifier of that many classes cannot be trained on them, or learns the wrong names.",
    mend="Count labels from 0 to classes - 1, int64; set `classes` to None where there are no labels.",
)
def labels(subject: Subject) -> None:
    """Labels are those of the classes."""
    decoded, classes = _decoded(subject), built(subject).classes
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
    finds="other images or labels the next time, in another process or by another state of global generators",
    why="Decoded images are cached, and their digest is part of what a run is known by.",
    mend="Sort what the file system lists, iterate over no sets, and draw from `default_rng(seed)` alone.",
)
def digest(subject: Subject) -> None:
    """Decoded again, here and in another process, everything is the same to the bit."""
    first = fresh.digest_of(_decoded(subject))
    if fresh.digest_of(_decoded(subject)) != first:
        raise Flaw("decoded twice, its images or labels differ")
    use, _ = subject.chosen
    options = use.resolved()
    del options["use"]
    if any(option.name == "data_root" for option in use.entry.schema.options):
        options.setdefault("data_root", str(subject.data_root))
    try:
        elsewhere = fresh.digest(use.entry.component.target, options)
    except GanforgeError as error:
        raise Flaw(error.message) from error
    if elsewhere != first:
        raise Flaw("decoded in another process, its images or labels differ")


def _decoded(subject: Subject) -> Images:
    """The images of a dataset that is built anew.

    Raises:
        Inapplicable: its files are not there, or it cannot be decoded at all.
    """
    if isinstance(subject.trouble, Inapplicable):
        raise subject.trouble
    if subject.trouble is not None:
        raise Inapplicable("it cannot be decoded: see the check `runs`")
    dataset = built(subject)
    require_files(subject, dataset)
    return decode(dataset)


CHECKS = (files, missing, images, labels, digest)
