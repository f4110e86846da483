"""The header of a safetensors file, checked against limits tighter than the library's before the library parses it."""

from __future__ import annotations

import json
from pathlib import Path

from ganforge.errors import RunError
from ganforge.regular_file import require_file

MOST_TENSORS = 10_000
LARGEST_HEADER = 8 << 20  # bytes
_LENGTH = 8


def check_header(data: bytes) -> None:
    """Check the header of a file of which `data` holds at least the header.

    Raises:
        RunError: it is too long, has too many entries, or cannot be read.
    """
    size = _size(data)
    header = data[_LENGTH : _LENGTH + size]
    # Each tensor is one object and two lists: counting them is cheap, parsing millions of them is not.
    entries = max(header.count(b"{") - 2, header.count(b"[") // 2)
    if entries <= MOST_TENSORS:
        try:
            # As pairs, so that a repeated name counts each time.
            entries = len(json.loads(header, object_pairs_hook=list))
        except (ValueError, TypeError, RecursionError):
            raise RunError("this is not a safetensors file: its header cannot be read") from None
    if entries > MOST_TENSORS:
        raise RunError(f"this safetensors file has {entries:,} tensors: at most {MOST_TENSORS:,} are read and written")


def check_file(path: Path) -> None:
    """Check the header of a file, and read nothing else of it.

    Raises:
        OSError: it cannot be read, or is no regular file.
        RunError: see `check_header`.
    """
    require_file(path)
    with path.open("rb") as stream:
        length = stream.read(_LENGTH)
        check_header(length + stream.read(_size(length)))


def _size(data: bytes) -> int:
    size = int.from_bytes(data[:_LENGTH], "little")
    if size > LARGEST_HEADER:
        raise RunError(f"the header of this safetensors file has {size:,} bytes: at most {LARGEST_HEADER:,} are read")
    return size
