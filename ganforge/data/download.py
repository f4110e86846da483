"""Downloads of dataset files: a file appears under its name only when it is complete and its checksum is right.

The bytes go to a hidden `.part` file beside the target. A dropped connection is resumed where it broke off, in this
call or in the next, which is safe because the checksum is computed over the whole file at the end.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock

from ganforge.data.images import DataFile
from ganforge.errors import DataError, os_errors_as
from ganforge.printable import printable

Progress = Callable[[DataFile, int, int | None], None]
"""Called with the file, the number of bytes received, and the total (None if the server does not give it)."""

_CHUNK = 2**20
_SLOWEST = 1000
"""Bytes a second."""


def download(files: Sequence[DataFile], *, progress: Progress | None = None, timeout: float = 30.0) -> list[Path]:
    """Fetch the files that do not exist yet; existing files are left as they are.

    Args:
        files: the files of a dataset, from `Dataset.files`.
        progress: called after each chunk, for a progress bar.
        timeout: seconds without a byte after which a connection counts as dropped; a server that sends less than
            1 kB a second in so many seconds is given up.

    Returns:
        The paths of the files that were fetched.

    Raises:
        DataError: no address is known, the network or the server fails, is too slow or sends too much, the bytes are
            wrong, or the disk is full.
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
            before, pace = -1, _Pace(timeout)
            failure: str | None = "nothing was received"
            while failure is not None:
                received = part.stat().st_size if part.exists() else 0
                if received <= before:  # the last connection transferred nothing
                    fix = f"check the network and repeat the command, or {by_hand}"
                    raise DataError(f"{file.url} cannot be fetched: {failure}", fix=fix)
                failure = _transfer(file.url, part, received, file, progress, timeout, pace)
                before = received
            if file.md5 is not None and (found := _md5(part)) != file.md5:
                part.unlink()
                message = f"{file.url} sent another file than the published one (md5 {found}, not {file.md5})"
                raise DataError(message, fix=f"try again later, or {by_hand}")
            os.replace(part, file.path)
    return True


def _transfer(
    url: str, part: Path, start: int, file: DataFile, progress: Progress | None, timeout: float, pace: _Pace
) -> str | None:
    """Append one connection's bytes to `part`; return the reason if it fails, or None when the file is complete.

    Raises:
        OSError: the disk refused; errors of the network are returned.
        DataError: the server is too slow, sends too much, or redirects to an address within a network.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "ganforge"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        response = _opener(file).open(request, timeout=timeout)
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
        if total is not None and total > file.largest:
            raise _too_large(file, f"{total:,} bytes")
        with part.open("ab" if resumed else "wb") as out:
            while True:
                try:
                    chunk = response.read1(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    return f"the connection broke after {here:,} bytes ({printable(error) or type(error).__name__})"
                if not chunk:
                    break
                out.write(chunk)
                here += len(chunk)
                if here > file.largest:
                    out.truncate(0)
                    raise _too_large(file, "more")
                if here != total and pace.is_slow(len(chunk)):
                    message = f"{url} sends less than {_SLOWEST:,} bytes a second"
                    raise DataError(message, fix=f"repeat the command later, or copy the file to {file.path} by hand")
                if progress is not None:
                    progress(file, here, total)
            out.flush()
            os.fsync(out.fileno())
    return None if total in (None, here) else f"the connection broke after {here:,} of {total:,} bytes"


class _Pace:
    """The pace of a download over all of its connections."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._began = time.monotonic()
        self._received = 0

    def is_slow(self, received: int) -> bool:
        self._received += received
        now = time.monotonic()
        if now - self._began < self._window:
            return False
        slow = self._received < _SLOWEST * (now - self._began)
        self._began, self._received = now, 0
        return slow


def _too_large(file: DataFile, size: str) -> DataError:
    fix = f"get the file from elsewhere, and copy it to {file.path} by hand"
    return DataError(f"{file.url} sends {size}, and at most {file.largest:,} bytes are fetched", fix=fix)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects to public addresses alone: a server must not reach into the network of the one who asks it."""

    def __init__(self, file: DataFile) -> None:
        self._file = file

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        target, own = urlsplit(newurl), urlsplit(self._file.url or "")
        inside = [address for address in _addresses(target.hostname) if not address.is_global]
        if any(address.is_link_local for address in inside) or (inside and target.hostname != own.hostname):
            raise self._refused(fp, newurl, "an address within a network")
        if target.scheme != "https" and not self._file.md5:
            raise self._refused(fp, newurl, "which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def _refused(self, response: Any, url: str, why: str) -> DataError:
        response.close()
        fix = f"get the file from elsewhere, and copy it to {self._file.path} by hand"
        return DataError(f"{self._file.url} redirects to {printable(url)}, {why}", fix=fix)


def _addresses(host: str | None) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [ipaddress.ip_address(str(found[4][0]).partition("%")[0]) for found in socket.getaddrinfo(host, None)]
    except OSError:  # unknown here; a proxy may know it
        return []


def _opener(file: DataFile) -> urllib.request.OpenerDirector:
    """Return an opener limited to http and https, so that no redirect reaches file: or ftp: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(file),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
