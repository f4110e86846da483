"""The IDX format of MNIST: a strict reader of arrays of bytes, gzipped or not.

A file is two zero bytes, a type (8: unsigned bytes), the number of dimensions, each dimension as a big-endian 32-bit
integer, and the values in C order (http://yann.lecun.com/exdb/mnist/).
"""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import numpy as np

from ganforge.data.images import Array
from ganforge.data.reading import reading, require_plausible

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTES = 8


def read_idx(path: Path, *, dimensions: int, fix: str) -> Array:
    """Read an array of bytes with this number of dimensions.

    Args:
        path: the file, gzipped or not, as its first bytes say.
        dimensions: 3 for images [N, H, W], 1 for labels [N].
        fix: fix in the message if the file cannot be used.

    Returns:
        uint8 array of the declared shape, read-only.

    Raises:
        DataError: the file is missing, damaged, too short or too long, or in another format.
    """
    with reading(path, fix=fix), path.open("rb") as raw:
        stored = path.stat().st_size
        zipped = raw.read(2) == _GZIP
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw) if zipped else raw as file:
            magic = file.read(4)
            if magic != bytes((0, 0, _UNSIGNED_BYTES, dimensions)):
                raise ValueError(f"it is not an IDX file of bytes in {dimensions} dimensions")
            shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
            declared = math.prod(shape)
            if zipped:
                require_plausible(path, declared=declared, stored=stored, fix=fix)
            elif declared != stored - 4 - 4 * dimensions:
                raise ValueError(f"it declares {declared:,} bytes of data and is {stored:,} bytes long")
            values = file.read(declared + 1)  # one byte more, to detect excess data and to verify gzip's checksum
            if len(values) != declared:
                raise ValueError(f"it declares {declared:,} bytes of data and holds fewer or more")
    return np.frombuffer(values, np.uint8).reshape(shape)
