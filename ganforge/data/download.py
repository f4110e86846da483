"""Fetching the files of a dataset: a file appears under its name only when it is whole and its checksum is right.

The bytes go to a hidden `.part` file beside the target. A connection that drops is taken up again where it broke off,
in this call or in the next, which is safe because the checksum is taken over the whole file at the end.
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
from ganforge.errors import DataError

Progress = Callable[[DataFile, int, int | None], None]
"""Called with the file, how many bytes are here, and how many there will be (None when the server does not say)."""

_CHUNK = 2**20


def download(files: Sequence[DataFile], *, progress: Progress | None = None, timeout: float = 30.0) -> list[Path]:
    """Fetch those of `files` that are not there yet; a file that is there is left as it is.

    Args:
        files: what `Dataset.files` returned.
        progress: called after each piece, for a progress bar.
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
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(part.with_suffix(".lock")):
            if file.path.exists():  # another process fetched it while this one waited
                return False
            _complete(file.url, part, file, progress, timeout)
            if file.md5 is not None and (found := _md5(part)) != file.md5:
                part.unlink()
                raise DataError(
                    f"{file.url} sent another file than the published one (md5 {found}, not {file.md5})",
                    fix=f"try again later, or {by_hand}",
                )
            os.replace(part, file.path)
    except OSError as error:
        raise DataError(
            f"{file.path} cannot be written: {error.strerror or error}", fix="free some space, or choose another folder"
        ) from error
    return True


def _complete(url: str, part: Path, file: DataFile, progress: Progress | None, timeout: float) -> None:
    """Bring `part` to its full length, over as many connections as it takes while each brings something."""
    if file.md5 is None:
        part.unlink(missing_ok=True)  # nothing could tell an old piece of another file
    while True:
        before = part.stat().st_size if part.exists() else 0
        failure = _transfer(url, part, before, file, progress, timeout)
        if failure is None:
            return
        here = part.stat().st_size if part.exists() else 0
        if here <= before:
            raise DataError(
                f"{url} cannot be fetched: {failure}",
                fix=f"check the network and repeat the command, or copy the file to {file.path} by hand",
            )


def _transfer(
    url: str, part: Path, start: int, file: DataFile, progress: Progress | None, timeout: float
) -> str | None:
    """Append one connection's bytes to `part`; returns why it failed, or None when the file is whole.

    Only what the disk does wrong is raised: as the OSError that it is.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "ganforge"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = _opener().open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            return None  # nothing is left to fetch; the checksum decides whether it is the right file
        return f"the server answers {error.code} {error.reason}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        here = start if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = here + int(length) if length.isdecimal() else None
        with part.open("ab" if resumed else "wb") as out:
            while True:
                try:
                    piece = response.read(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    return f"the connection broke after {here:,} bytes ({error or type(error).__name__})"
                if not piece:
                    break
                out.write(piece)
                here += len(piece)
                if progress is not None:
                    progress(file, here, total)
            out.flush()
            os.fsync(out.fileno())
    return None if total in (None, here) else f"the connection broke after {here:,} of {total:,} bytes"


def _opener() -> urllib.request.OpenerDirector:
    """An opener that speaks http and https alone: a redirect to file: or ftp: goes nowhere."""
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
