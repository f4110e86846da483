"""Downloads of dataset files: a file appears under its name only when it is complete and its checksum is right.

The bytes go to a hidden `.part` file beside the target. A dropped connection is resumed where it broke off, in this
call or in the next, which is safe because the checksum is computed over the whole file at the end.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from ganforge.data.images import DataFile
from ganforge.errors import DataError, os_errors_as
from ganforge.printable import printable

Progress = Callable[[DataFile, int, int | None], None]
"""Called with the file, the number of bytes received, and the total (None if the server does not give it)."""

_CHUNK = 2**20


def download(files: Sequence[DataFile], *, progress: Progress | None = None, timeout: float = 30.0) -> list[Path]:
    """Fetch the files that do not exist yet; existing files are left as they are.

    Args:
        files: the files of a dataset, from `Dataset.files`.
        progress: called after each chunk, for a progress bar.
        timeout: seconds without a byte after which a connection counts as dropped.

    Returns:
        The paths of the files that were fetched.

    Raises:
        DataError: no address is known, the network or the server fails, the bytes are wrong, or the disk is full.
    """
    return [file.path for file in files if not file.path.exists() and _fetch(file, progress, timeout)]


def _fetch(file: DataFile, progress: Progress | None, timeout: float) -> bool:
    by_hand = f"copy the file to {file.path} by hand"
    if file.url is None:
        raise DataError(f"{file.path} is missing, and no address is known for it", fix=by_hand)
    scheme = urlsplit(file.url).scheme
    if scheme != "https" and not (scheme == "http" and file.md5):
        raise DataError(f"{file.url} is neither https nor http with a known checksum", fix=by_hand)
    part = file.path.with_name(f".{file.path.name}.part")
    with os_errors_as(DataError, f"{file.path} cannot be written", fix="free some space, or choose another folder"):
        part.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(part.with_suffix(".lock")):
            if file.path.exists():  # another process fetched it while this one waited
                return False
            if file.md5 is None:
                part.unlink(missing_ok=True)  # it may be a part of another file, and no checksum would tell
            before = -1
            failure: str | None = "nothing was received"
            while failure is not None:
                received = part.stat().st_size if part.exists() else 0
                if received <= before:  # the last connection transferred nothing
                    fix = f"check the network and repeat the command, or {by_hand}"
                    raise DataError(f"{file.url} cannot be fetched: {failure}", fix=fix)
                failure = _transfer(file.url, part, received, file, progress, timeout)
                before = received
            if file.md5 is not None and (found := _md5(part)) != file.md5:
                part.unlink()
                message = f"{file.url} sent another file than the published one (md5 {found}, not {file.md5})"
                raise DataError(message, fix=f"try again later, or {by_hand}")
            os.replace(part, file.path)
    return True


def _transfer(
    url: str, part: Path, start: int, file: DataFile, progress: Progress | None, timeout: float
) -> str | None:
    """Append one connection's bytes to `part`; return the reason if it fails, or None when the file is complete.

    Raises:
        OSError: the disk refused; errors of the network are returned.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "ganforge"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = _opener().open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            return None  # nothing is left to fetch, and the checksum is verified afterwards
        return f"the server answers {error.code} {printable(error.reason)}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return printable(getattr(error, "reason", error)) or type(error).__name__
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        here = start if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = here + int(length) if length.isdecimal() else None
        with part.open("ab" if resumed else "wb") as out:
            while True:
                try:
                    chunk = response.read(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    return f"the connection broke after {here:,} bytes ({printable(error) or type(error).__name__})"
                if not chunk:
                    break
                out.write(chunk)
                here += len(chunk)
                if progress is not None:
                    progress(file, here, total)
            out.flush()
            os.fsync(out.fileno())
    return None if total in (None, here) else f"the connection broke after {here:,} of {total:,} bytes"


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener limited to http and https, so that no redirect reaches file: or ftp: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
