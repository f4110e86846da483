"""Files that may come from a stranger: regular ones of bounded size, and no link, pipe or device, are read.

A pipe never ends, a device never stops, and a link in a received run points at the reader's own files. All are told
from the file's status, before a byte is read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

LARGEST = 8 << 20  # bytes


def require_regular(path: Path, most: int | None = LARGEST, within: Path | None = None) -> int:
    """Refuse a file that must not be read, and return its size in bytes.

    Args:
        path: the file.
        most: the largest size that is read; None for any.
        within: the folder that it must be in; by default its own. A link to that folder may be followed, none below it.

    Raises:
        FileNotFoundError: it is missing.
        OSError: it is a link or reached by one, is no regular file, or is too large; `strerror` says which.
    """
    folder = within or path.parent
    if os.path.realpath(path) != os.path.join(os.path.realpath(folder), os.path.relpath(path, folder)):
        raise OSError(errno.ELOOP, "a symbolic link leads out of its folder or to another file", str(path))
    return require_file(path, most)


def require_file(path: Path, most: int | None = None) -> int:
    """Do as `require_regular`, with links followed: for a file that the user names.

    Raises:
        FileNotFoundError: it is missing.
        OSError: it is no regular file, or is too large.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    if most is not None and status.st_size > most:
        raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, and at most {most:,} are read", str(path))
    return status.st_size


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_regular(path: Path, most: int = LARGEST, within: Path | None = None) -> bytes:
    """Read a file that `require_regular` lets through.

    Raises:
        FileNotFoundError: it is missing.
        OSError: it must not or cannot be read.
    """
    require_regular(path, most, within)
    with path.open("rb") as stream:
        return stream.read(most)
