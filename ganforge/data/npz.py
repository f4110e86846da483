"""Images and labels from an npz file: numbers only, never a pickle, with sizes checked before allocation."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import cast

import numpy as np

from ganforge.data.images import Array, Images, channels_first, one_image
from ganforge.data.reading import reading, require_plausible
from ganforge.errors import DataError
from ganforge.printable import printable

LARGEST_HEADER = 1 << 16  # bytes
LARGEST_DIRECTORY = 2 << 20  # bytes


class _Bounded(io.BufferedReader):
    """A file that refuses to read much at once, as the zip module does with a directory of any length."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(LARGEST_DIRECTORY + 1 if size is None or size < 0 else min(size, LARGEST_DIRECTORY + 1))
        if len(data) > LARGEST_DIRECTORY:
            raise ValueError(f"its directory has more than {LARGEST_DIRECTORY:,} bytes")
        return data


def read_images(path: Path, *, images: str = "images", labels: str | None = "labels", fix: str) -> Images:
    """Read a labelled or unlabelled set of images.

    Args:
        path: an npz file, compressed or not.
        images: the name of the array of images: uint8 or uint16 [N, H, W] or [N, H, W, C].
        labels: the name of the array of labels: integers from 0, [N]; None for images without labels.
        fix: the fix in the message if the file cannot be used.

    Returns:
        Images [N, H, W, C] and int64 labels [N], in the order of the file.

    Raises:
        DataError: the file is missing, damaged, lacks an array, or holds one of another type or shape.
    """
    pixels = read_array(path, images, fix=fix)
    if pixels.dtype.kind != "u" or pixels.dtype.itemsize > 2 or pixels.ndim not in (3, 4) or 0 in pixels.shape:
        raise DataError(
            f"{printable(path)}: array {images!r} is {pixels.dtype} {list(pixels.shape)}, "
            "not uint8 or uint16 [N, H, W] or [N, H, W, C] with at least one image",
            fix=f"for values from 0 to 1, save ({images} * 255).round().astype(np.uint8)"
            if pixels.dtype.kind == "f" and pixels.size and pixels.min() >= 0 and pixels.max() <= 1
            else fix,
        )
    if channels_first(pixels.shape) or one_image(pixels.shape):
        what, saved = "channels before height and width", f"{images}.transpose(0, 2, 3, 1)"
        if pixels.ndim == 3:
            what, saved = "the shape of one RGB image, not of many", f"{images}[None]"
        raise DataError(f"{path}: array {images!r} {list(pixels.shape)} has {what}", fix=f"save {saved} in its place")
    pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    return Images(pixels, None if labels is None else read_labels(path, labels, count=len(pixels), fix=fix))


def read_labels(path: Path, key: str, *, count: int | None = None, fix: str) -> Array:
    """Read an array of labels: int64 [N], each at least 0; `count` is the expected N, if known."""
    labels = read_array(path, key, fix=fix, kinds="biufU")
    if labels.dtype.kind not in "iu" or labels.ndim != 1 or count not in (None, len(labels)):
        expected = f"integers [{'N' if count is None else count}]"
        message = f"{printable(path)}: array {key!r} is {labels.dtype} {list(labels.shape)}, not {expected}"
        raise DataError(message, fix=_as_labels(labels, key) or fix)
    labels = labels.astype(np.int64)
    if len(labels) and labels.min() < 0:
        raise DataError(f"{printable(path)}: array {key!r} holds a negative label; labels count from 0", fix=fix)
    return labels


def _as_labels(array: Array, key: str) -> str | None:
    """Return how to make labels of an array that holds them in another form; None if it does not."""
    if array.dtype.kind == "U":
        return f"number the names and save the numbers: names, {key} = np.unique({key}, return_inverse=True)"
    if array.ndim == 2 and array.shape[1] == 1:
        return f"save them in one dimension: {key} = {key}[:, 0]"
    if array.ndim == 2 and array.size and bool(((array == 0) | (array == 1)).all() and (array.sum(1) == 1).all()):
        return f"they are one-hot; save the number of each class: {key} = {key}.argmax(1)"
    if array.ndim == 1 and array.dtype.kind in "bf" and bool((array == np.floor(array)).all()):
        return f"save them as integers: {key} = {key}.astype(int)"
    return None


def read_array(path: Path, key: str, *, fix: str, kinds: str = "biuf") -> Array:
    """Read one array of numbers, or of another of NumPy's `kinds` of types.

    Raises:
        DataError: the file is missing, is no npz file, is damaged, or holds no such array of numbers.
    """
    if not path.is_file():
        raise DataError(f"{printable(path)} is missing", fix=fix)
    with reading(path, fix=fix), path.open("rb") as stream:
        if stream.read(6) == b"\x93NUMPY":
            name = path.with_suffix(".npz").name
            make = f"np.savez({name!r}, images=np.load({path.name!r})), with labels=... if there are any"
            raise DataError(
                f"{printable(path)} is a single array (npy), not an npz file", fix=f"{make}; then give {name}"
            )
    with reading(path, fix=fix), _Bounded(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        if key not in names:
            raise DataError(
                f"{printable(path)} has no array {key!r}; it holds {printable(', '.join(names)) or 'nothing'}", fix=fix
            )
        member = archive.getinfo(f"{key}.npy")
        with archive.open(member) as stream:
            read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            version = np.lib.format.read_magic(stream)
            length = int.from_bytes(cast(zipfile.ZipExtFile, stream).peek(4)[: 2 if version == (1, 0) else 4], "little")
            if length > LARGEST_HEADER:
                raise DataError(f"{printable(path)}: array {key!r} has a header of {length:,} bytes", fix=fix)
            shape, _, dtype = read_header[version](stream)
            if dtype.kind not in kinds:
                raise DataError(f"{printable(path)}: array {key!r} is of type {dtype}, which is not numbers", fix=fix)
            declared = dtype.itemsize * int(np.prod(shape, dtype=object))
            if declared != member.file_size - stream.tell():
                raise DataError(f"{printable(path)}: array {key!r} is shorter or longer than its header says", fix=fix)
        require_plausible(path, declared=declared, stored=min(member.compress_size, path.stat().st_size), fix=fix)
        with archive.open(member) as stream:
            array: Array = np.lib.format.read_array(stream, allow_pickle=False)
        return array
