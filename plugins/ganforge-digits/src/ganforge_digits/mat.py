"""Numeric arrays from a MATLAB 5 file (`save -v7`, `-v6`), read strictly and in slabs.

SciPy reads these files too, but a single wrong byte can crash it with a segmentation fault, and it needs twice the
memory. This reader checks every length against the file before it allocates memory, and rejects malformed files.
Format: "MAT-File Format", The MathWorks, chapter 1, "MAT-File Level 5".
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ganforge.data.images import Array
from ganforge.data.reading import reading, require_plausible

_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15
_DTYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)  # double, single and the integers; not cells, structs, text or sparse arrays
_COMPLEX = 0x0800
_PIECE = 2**16
_MOST_VARIABLES = 1000


@dataclass(frozen=True)
class MatArray:
    """Header of an array in a file, and the position of its values.

    Attributes:
        path: the file.
        name: name of the variable.
        shape: its dimensions, two or more.
        dtype: stored type of its values.
        position: offset of its element in the file.
        order: byte order of the file, "<" or ">".
        fix: fix in the message if the file is damaged.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    position: int
    order: str
    fix: str

    def slabs(self, count: int) -> Iterator[Array]:
        """Yield the values in slabs along the last axis, [*shape[:-1], count] each; the last one may be shorter.

        Raises:
            DataError: the values are damaged; discard the slabs yielded before, too.
        """
        with reading(self.path, fix=self.fix), self.path.open("rb") as file:
            element = _Element(file, self.position, self.order)
            element.header()
            row = math.prod(self.shape[:-1])
            for start in range(0, self.shape[-1], count):
                items = min(count, self.shape[-1] - start)
                values = np.frombuffer(element.read(items * row * self.dtype.itemsize), self.dtype)
                yield values.reshape((*self.shape[:-1], items), order="F")
            element.finish()

    def read(self) -> Array:
        """Return all values at once, of shape `shape`; raise a DataError as `slabs` does."""
        slabs = list(self.slabs(max(self.shape[-1], 1)))  # a list, since the end of the loop detects damage
        return slabs[0] if slabs else np.empty(self.shape, self.dtype)


def arrays(path: Path, *, fix: str) -> dict[str, MatArray]:
    """Return the real numeric arrays in a file, by name; skip variables of other types.

    Args:
        path: a MATLAB 5 file.
        fix: fix in the message if the file cannot be used.

    Raises:
        DataError: the file is not a MATLAB 5 file, is truncated, or has a damaged or implausible header.
    """
    found = {}
    with reading(path, fix=fix), path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(128)
        order = {b"IM": "<", b"MI": ">"}.get(head[126:128])
        if order is None or struct.unpack(f"{order}H", head[124:126]) != (0x0100,):
            raise ValueError("it has no header of a MATLAB 5 file (save -v7)")
        position, count = 128, 0
        while position < size:
            count += 1
            if count > _MOST_VARIABLES:  # each takes memory and time before the first value is read
                raise ValueError(f"it holds more than {_MOST_VARIABLES:,} variables")
            element = _Element(file, position, order)
            if element.end > size:
                raise ValueError(f"it is cut off: {size:,} bytes of at least {element.end:,}")
            if (header := element.header()) is not None:
                name, shape, dtype = header
                declared = math.prod(shape) * dtype.itemsize
                require_plausible(path, declared=declared, stored=element.end - position, fix=fix)
                found[name] = MatArray(path, name, shape, dtype, position, order, fix)
            position = element.end
    return found


class _Element:
    """Bytes of one variable, inflated if compressed; wrong bytes raise ValueError or zlib.error."""

    def __init__(self, file: BinaryIO, position: int, order: str) -> None:
        file.seek(position)
        tag = file.read(8)
        if len(tag) < 8:
            raise ValueError("it is cut off")
        kind, length = struct.unpack(f"{order}II", tag)
        self.end = position + 8 + length
        self._file = file
        self._order = order
        self._kind = kind
        self._left = length
        self._pending = b""
        self._inflate = zlib.decompressobj() if kind == _COMPRESSED else None

    def header(self) -> tuple[str, tuple[int, ...], np.dtype[np.generic]] | None:
        """Return name, shape and type of the array and stop before its values; None if it is not a numeric array."""
        kind = self._kind if self._inflate is None else self._numbers("II", self.read(8))[0]
        if kind != _MATRIX:
            raise ValueError(f"it holds an element of an unknown kind, {kind}")
        flags, _ = self._numbers("II", self._part(_UINT32, 8))
        if flags & 0xFF not in _NUMERIC_CLASSES or flags & _COMPLEX:
            return None
        dimensions = self._part(_INT32, 128)
        shape = self._numbers(f"{len(dimensions) // 4}i", dimensions)
        name = self._part(_INT8, 64).decode("ascii")
        stored, length = self._tag()
        if stored not in _DTYPES:
            raise ValueError(f"array {name!r} is stored in an unknown type, {stored}")
        dtype = np.dtype(self._order + _DTYPES[stored])
        if len(shape) < 2 or min(shape) < 0 or math.prod(shape) * dtype.itemsize != length:
            raise ValueError(f"array {name!r} has {length:,} bytes for the shape {list(shape)}")
        return name, shape, dtype

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes."""
        data = bytearray()
        while len(data) < count:
            piece = self._piece(count - len(data))
            if not piece:
                raise ValueError("it is cut off")
            data += piece
        return bytes(data)

    def finish(self) -> None:
        """Check that only padding remains and that the checksum of compressed bytes is correct."""
        padding = 0
        while piece := self._piece(8):
            padding += len(piece)
            if padding >= 8:
                raise ValueError("it holds more values than its header says")
        if self._inflate is not None and not self._inflate.eof:
            raise ValueError("it is cut off")

    def _part(self, kind: int, limit: int) -> bytes:
        found, length = self._tag()
        if found != kind or length > limit:
            raise ValueError(f"its header has a part of type {found} and {length:,} bytes where type {kind} belongs")
        data = self.read(length)
        self.read(self._padding)
        return data

    def _tag(self) -> tuple[int, int]:
        """Return type and length of the next data; a short tag and up to 4 bytes of data share 8 bytes."""
        (word,) = self._numbers("I", self.read(4))
        if word >> 16:
            kind, length, unit = word & 0xFFFF, word >> 16, 4
        else:
            (length,) = self._numbers("I", self.read(4))
            kind, unit = word, 8
        self._padding = -length % unit
        return kind, length

    def _numbers(self, pattern: str, data: bytes) -> tuple[int, ...]:
        return struct.unpack(self._order + pattern, data)

    def _piece(self, count: int) -> bytes:
        """Return at most `count` bytes; none at the end."""
        if self._inflate is None:
            return self._raw(count)
        while not self._inflate.eof:
            self._pending = self._pending or self._raw(_PIECE)
            exhausted = not self._pending
            piece = self._inflate.decompress(self._pending, count)
            self._pending = self._inflate.unconsumed_tail
            if piece or exhausted:
                return piece
        return b""

    def _raw(self, count: int) -> bytes:
        piece = self._file.read(min(count, self._left))
        self._left -= len(piece)
        return piece
