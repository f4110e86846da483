"""The image cache: each dataset is decoded once into .npy files, which are memory-mapped from then on.

An entry's name holds a hash of what the images depend on: the component with its version and options, and the name,
size and time of each file that it reads. Entries never change. A process verifies each by its SHA-256 when it opens it
first, which reads the entry once; a damaged one is rebuilt.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from ganforge import atomic
from ganforge.data.images import COMPONENT_FIX, Array, Dataset, Images
from ganforge.errors import DataError, os_errors_as
from ganforge.regular_file import sha256

_FORMAT = 3
_NAMES = "names.json"
_META = "meta.json"
MOST_CLASSES = 100_000
SPARSE = 10
"""Times that the numbers of labels may exceed the number of classes that are there without a notice."""
_verified: set[tuple[object, ...]] = set()
"""Stamps of the files that this process has verified."""


@dataclass(frozen=True, eq=False)
class CachedImages:
    """A decoded dataset, memory-mapped from its entry on the disk.

    Attributes:
        images: uint8 or uint16 [N, H, W, C], read-only.
        labels: int64 [N], counted from 0, read-only, or None.
        classes: number of label values, or None without labels.
        class_names: names of the classes by label, or None.
        digest: SHA-256 over images, labels and names of classes; equal data have equal digests.
        notices: notices about this data for the user.
        path: the folder of this entry.
    """

    images: Array
    labels: Array | None
    classes: int | None
    class_names: tuple[str, ...] | None
    digest: str
    notices: tuple[str, ...]
    path: Path

    @property
    def names(self) -> list[str] | None:
        """The names of the images, or None."""
        file = self.path / _NAMES
        names: list[str] | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        return names


def decode_once(
    dataset: Dataset, identity: dict[str, object], cache_dir: Path, on_decode: Callable[[str], None] | None = None
) -> CachedImages:
    """Return a dataset's images from the cache; if they are not in it, decode and store them first.

    Safe to call from several processes at once: one decodes, the others wait for it.

    Args:
        dataset: the dataset.
        identity: everything but the files that the images depend on, as JSON values: `component`, version, options.
        cache_dir: the folder of the entries; created if missing.
        on_decode: called with a message before the images are decoded, which may take a while.

    Raises:
        DataError: a file of the dataset is missing or damaged, or the cache cannot be written.
    """
    name = str(identity.get("component", "data"))
    stamps = _stamps(dataset)
    content = json.dumps([_FORMAT, identity, stamps, dataset.classes], sort_keys=True)
    key = hashlib.sha256(content.encode()).hexdigest()[:32]
    entry = cache_dir / f"{re.sub('[^A-Za-z0-9.-]+', '-', name)}-{key}"
    if (cached := _open(entry)) is not None:
        return cached
    with _locked(cache_dir, entry.name):
        if (cached := _open(entry)) is not None:  # another process was faster
            return cached
        if on_decode is not None and entry.exists():
            on_decode(f"{entry} is damaged")
        if on_decode is not None:
            on_decode(f"decoding {name}, once; from then on it is read from {entry}")
        images = _decode(dataset)
        if _stamps(dataset) != stamps:
            raise DataError(f"the files of {name} changed while they were read", fix="repeat the command")
        with _writing(cache_dir), _locked(cache_dir, "store"):
            # No other process writes now, so every unfinished entry was left by one that was killed.
            atomic.clean(cache_dir)
            with atomic.folder(entry) as folder:
                _store(folder, images, dataset.classes, {"identity": identity, "files": stamps})
    if (cached := _open(entry)) is None:
        raise DataError(f"{entry} was written but cannot be read back", fix="check the disk, or choose another folder")
    return cached


def _stamps(dataset: Dataset) -> list[list[object]]:
    """Return name, size and time of each file; names are relative to the shared folder, so a data root can be moved."""
    paths = [file.path for file in dataset.files()]
    if missing := [path for path in paths if not path.is_file()]:
        dataset.decode()  # the dataset's own message says how to get the file
        raise DataError(f"{missing[0]} is missing", fix="put the file there")
    shared = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    return [[path.relative_to(shared).as_posix(), (stat := path.stat()).st_size, stat.st_mtime_ns] for path in paths]


def _decode(dataset: Dataset) -> Images:
    decoded = dataset.decode()
    if not decoded.images.size:
        raise DataError("the dataset holds no images", fix=COMPONENT_FIX)
    if decoded.class_names is not None and dataset.classes != len(decoded.class_names):
        raise DataError(f"there are {dataset.classes} classes with the names {decoded.class_names}", fix=COMPONENT_FIX)
    if dataset.classes is not None and dataset.classes > MOST_CLASSES:
        what = f"its labels go up to {dataset.classes - 1:,}: at most {MOST_CLASSES:,} classes are taken"
        raise DataError(what, fix="number the classes from 0: names, labels = np.unique(labels, return_inverse=True)")
    if decoded.labels is not None and dataset.classes is not None:
        low, high = int(decoded.labels.min()), int(decoded.labels.max())
        if low < 0 or high >= dataset.classes:
            raise DataError(f"labels run from {low} to {high} with {dataset.classes} classes", fix=COMPONENT_FIX)
    return replace(decoded, notices=(*decoded.notices, *_warnings(decoded)))


def _warnings(decoded: Images) -> Iterator[str]:
    """Yield a notice of a range of values that makes images nearly black or white, and one of labels that are equal."""
    low, high, top = int(decoded.images.min()), int(decoded.images.max()), int(np.iinfo(decoded.images.dtype).max)
    if high - low < top / 10:
        fix = f"if {max(high, 1):,} stands for white, multiply by {top // max(high, 1)}"
        yield f"its values run from {low:,} to {high:,}, a small part of 0 to {top:,}: nearly one colour; {fix}"
    labels = decoded.labels
    if labels is not None and len(labels) > 1 and labels.min() == labels.max():
        named = decoded.class_names and f"are of the class {decoded.class_names[labels[0]]!r}"
        yield f"all of its {len(labels):,} images {named or f'have the label {labels[0]}'}"
    elif labels is not None and decoded.class_names is None and len(labels):
        there, most = len(np.unique(labels)), int(labels.max()) + 1
        if most > max(SPARSE * there, len(labels)):
            yield f"its labels go up to {most - 1:,}, and only {there:,} of them are there: number the classes from 0"


def _store(folder: Path, decoded: Images, classes: int | None, source: dict[str, object]) -> None:
    arrays = {"images": np.ascontiguousarray(decoded.images)}
    if decoded.labels is not None:
        arrays["labels"] = np.ascontiguousarray(decoded.labels)
    digest = hashlib.sha256()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.reshape(-1).data)
    if decoded.class_names is not None:
        digest.update(json.dumps(list(decoded.class_names)).encode())
    if decoded.names is not None:
        (folder / _NAMES).write_text(json.dumps(list(decoded.names)), encoding="utf-8")
    meta = {
        "digest": digest.hexdigest(),
        "shape": list(decoded.images.shape),
        "classes": classes,
        "class_names": decoded.class_names and list(decoded.class_names),
        "notices": list(decoded.notices),
        "sha256": {path.name: sha256(path) for path in sorted(folder.iterdir())},
        **source,
    }
    # The digest of the rest comes last, so that a change of any byte shows.
    text = json.dumps(meta, indent=1)
    seal = hashlib.sha256(text.encode()).hexdigest()
    (folder / _META).write_text(f"{text}\n{seal}\n", encoding="utf-8")


def _open(entry: Path) -> CachedImages | None:
    """Return the entry, or None if it is missing or damaged in any way."""
    try:
        text, seal, end = (entry / _META).read_bytes().rsplit(b"\n", 2)
        if hashlib.sha256(text).hexdigest().encode() != seal or end:
            return None
        meta: dict[str, Any] = json.loads(text)
        if not all(_is_intact(entry / name, digest) for name, digest in meta["sha256"].items()):
            return None
        images = np.load(entry / "images.npy", mmap_mode="r", allow_pickle=False)
        labelled = "labels.npy" in meta["sha256"]
        labels = np.load(entry / "labels.npy", mmap_mode="r", allow_pickle=False) if labelled else None
        notices, names = tuple(meta["notices"]), meta["class_names"] and tuple(meta["class_names"])
        Images(images, labels, notices, class_names=names)  # checks types and shapes
        return CachedImages(images, labels, meta["classes"], names, meta["digest"], notices, entry)
    except Exception:  # any damaged entry is rebuilt
        return None


def _is_intact(path: Path, digest: str) -> bool:
    """Return True if a file has this SHA-256, which is computed once for as long as its size and time stay."""
    stat = path.stat()
    stamp = (path, digest, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if stamp not in _verified and sha256(path) == digest:
        _verified.add(stamp)
    return stamp in _verified


def _writing(cache_dir: Path) -> AbstractContextManager[None]:
    fix = "free some space there, or choose another cache folder that can be written"
    return os_errors_as(DataError, f"the image cache {cache_dir} cannot be written", fix=fix)


def _locked(cache_dir: Path, name: str) -> AbstractContextManager[object]:
    with _writing(cache_dir):
        cache_dir.mkdir(parents=True, exist_ok=True)
        return FileLock(cache_dir / f".{name}.lock").acquire()
