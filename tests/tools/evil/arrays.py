"""Evil files of arrays: npz, IDX and MATLAB's."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from evil.registry import Trap, attack, idx, sparse


def npz(name: str, says: str) -> Any:
    return attack(name, "run encoder.toml", says, "run photos.toml --out warm")


def add_labels(archive: zipfile.ZipFile) -> None:
    content = io.BytesIO()
    np.save(content, np.zeros(60, np.int64))
    archive.writestr("labels.npy", content.getvalue())


def packed(path: Path, begin: bytes, hundredth: bytes) -> None:
    """Write an npz file with images of a beginning, and a hundred times more."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        add_labels(archive)
        with archive.open("images.npy", "w") as file:
            for content in (begin, *[hundredth] * 100):
                file.write(content)


def array_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return header.getvalue()


@npz("an npz of a terabyte", "than its header says")
def _(folder: Path) -> None:
    with zipfile.ZipFile(folder / "street.npz", "w") as archive:
        add_labels(archive)
        archive.writestr("images.npy", array_header((10**6, 1000, 1000)))


@npz("an npz with a header of 400 MB", "header")
def _(folder: Path) -> None:
    packed(folder / "street.npz", b"\x93NUMPY\x02\x00" + struct.pack("<I", 400_000_000), b" " * 4_000_000)


@npz("an npz with an endless directory", "directory")
def _(folder: Path) -> None:
    with zipfile.ZipFile(folder / "street.npz", "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number:05d}{'y' * 20_000}", b"")


@npz("an npz that is a zip bomb", "compress so far")
def _(folder: Path) -> None:
    packed(folder / "street.npz", array_header((400_000, 32, 32)), bytes(4000 * 32 * 32))


@npz("an npz with a pickle", "not numbers")
def _(folder: Path) -> None:
    trap = np.empty(1, object)
    trap[0] = Trap()
    np.savez(folder / "street.npz", images=trap, labels=np.zeros(60, int))


@npz("an npz of text", "damaged")
def _(folder: Path) -> None:
    sparse(folder / "street.npz", 1 << 34, b"PK\x03\x04")


@npz("a pipe as an npz", "street.npz")
def _(folder: Path) -> None:
    (folder / "street.npz").unlink()
    os.mkfifo(folder / "street.npz")


def digits(name: str, says: str, part: str = "images-idx3-ubyte") -> Any:
    def register(content: Callable[[], bytes]) -> Any:
        def build(folder: Path) -> None:
            (folder / "mnist" / "MNIST" / "raw" / f"train-{part}").write_bytes(content())

        return attack(name, "run digits.toml", says, "run encoder.toml --out warm")(build)

    return register


@digits("an idx file of a terabyte", "declares")
def _() -> bytes:
    return idx(2**32 - 1, 28, 28) + bytes(100)


@digits("an idx file that is a gzip bomb", "compress so far")
def _() -> bytes:
    return gzip.compress(idx(1_000_000, 28, 28) + bytes(1_000_000 * 28 * 28), 1)


@digits("idx labels that claim four billion", "declares", "labels-idx1-ubyte")
def _() -> bytes:
    return idx(2**32 - 1)


def houses(name: str, says: str) -> Any:
    def register(content: Callable[[], bytes]) -> Any:
        def build(folder: Path) -> None:
            (folder / "svhn" / "train_32x32.mat").write_bytes(MAT + content())

        return attack(name, "run houses.toml", says, "run encoder.toml --out warm")(build)

    return register


MAT = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def mat_array(name: bytes, *shape: int, data: bytes = b"") -> bytes:
    """Return an array of bytes in MATLAB's format 5, with as many values as `data`, or as its shape claims."""

    def tag(kind: int, content: bytes, length: int | None = None) -> bytes:
        size = len(content) if length is None else length
        return struct.pack("<II", kind, size) + content + bytes(-len(content) % 8)

    claimed = min(int(np.prod(shape, dtype=object)), 2**32 - 1)
    dimensions = struct.pack(f"<{len(shape)}i", *shape)
    parts = tag(6, struct.pack("<II", 9, 0)) + tag(5, dimensions) + tag(1, name) + tag(2, data, claimed)
    return tag(14, parts)


@houses("a mat file of a terabyte", "X")
def _() -> bytes:
    return mat_array(b"X", 32, 32, 3, 2**31 - 1)


@houses("a mat file that is a bomb", "compress so far")
def _() -> bytes:
    packed = zlib.compress(mat_array(b"X", 32, 32, 3, 400_000, data=bytes(32 * 32 * 3 * 400_000)), 1)
    return struct.pack("<II", 15, len(packed)) + packed


@houses("a mat file of 300,000 arrays", "train_32x32.mat")
def _() -> bytes:
    return b"".join(mat_array(b"x%d" % number, 1, 1, data=b"1") for number in range(300_000))
