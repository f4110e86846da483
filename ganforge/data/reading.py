"""Errors of readers of foreign files: a `DataError` with file, cause and fix, before much memory is allocated.

Parsers of file formats raise more kinds of errors than they document, and a header of a few bytes may declare
terabytes. A reader parses inside `reading`, and calls `require_plausible` before it allocates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganforge.errors import DataError, GanforgeError
from ganforge.printable import printable

PLAUSIBLE_BYTES = 64 * 2**20
PLAUSIBLE_RATIO = 100


@contextmanager
def reading(path: Path, *, fix: str) -> Iterator[None]:
    """Raise every exception of the block, except ganforge's own, as a `DataError` about `path` with this fix."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for without end
        raise DataError(f"{printable(path)} is neither a file nor a folder, but a pipe or a device", fix=fix)
    try:
        yield
    except GanforgeError:
        raise
    except OSError as error:
        raise DataError(f"{printable(path)} cannot be read: {printable(error.strerror or error)}", fix=fix) from error
    except Exception as error:
        reason = printable(error) or type(error).__name__
        message = f"{printable(path)} is damaged or not what its name says: {reason}"
        raise DataError(message, fix=fix) from error


def require_plausible(path: Path, *, declared: int, stored: int, fix: str) -> None:
    """Refuse a file if its header declares far more data than its compressed bytes can hold of real images.

    Args:
        path: the file, for the message.
        declared: bytes of the decoded data, according to the header.
        stored: bytes of the data in the file.
        fix: the fix in the message.

    Raises:
        DataError: `declared` is over 64 MiB and over 100 times `stored`; photographs compress 10 times, digits 5 times.
    """
    if declared > PLAUSIBLE_BYTES and declared > PLAUSIBLE_RATIO * stored:
        raise DataError(
            f"{printable(path)} declares {declared:,} bytes of data in {stored:,} bytes: no images compress so far",
            fix=fix,
        )
