"""Errors of readers of foreign files: a `DataError` with file, cause and fix, before much memory is taken.

Parsers of file formats raise more kinds of errors than they document, and a header of a few bytes may declare
terabytes. A reader puts its parsing inside `reading`, and calls `require_plausible` before it allocates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganforge.errors import DataError, GanforgeError

PLAUSIBLE_BYTES = 64 * 2**20
PLAUSIBLE_RATIO = 100


@contextmanager
def reading(path: Path, *, fix: str) -> Iterator[None]:
    """Turn whatever is raised inside about `path` into a `DataError` with this fix.

    Raises:
        DataError: the block raised an exception that is not one of ganforge's own.
    """
    try:
        yield
    except GanforgeError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", fix=fix) from error
    except Exception as error:
        cause = str(error) or type(error).__name__
        raise DataError(f"{path} is damaged or not what its name says: {cause}", fix=fix) from error


def require_plausible(path: Path, *, declared: int, stored: int, fix: str) -> None:
    """Refuse a file whose header promises far more data than its compressed bytes hold for real images.

    Args:
        path: the file, for the message.
        declared: bytes of the decoded data, as its header has it.
        stored: bytes that the data takes up in the file.
        fix: what to do about it.

    Raises:
        DataError: `declared` is over 64 MiB and over 100 times `stored`; photographs compress 10 times, digits 5 times.
    """
    if declared > PLAUSIBLE_BYTES and declared > PLAUSIBLE_RATIO * stored:
        raise DataError(
            f"{path} declares {declared:,} bytes of data in {stored:,} bytes: no images compress so far", fix=fix
        )
