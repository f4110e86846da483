"""A sealed folder: its files, and a `manifest.json` with the size and SHA-256 of each.

The manifest is written last. It has one canonical form, so a changed byte in the manifest itself is detected too: it
either deviates from that form or no longer matches the files. Files are hashed in memory and used from there, so they
cannot change between check and use.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.runs import strict_json
from ganforge.runs.strict_json import JSON

FORMAT = 1
"""The version of the format that is written, and the only one that is read."""

_NAME = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def write(folder: Path, step: int, files: Mapping[str, bytes]) -> None:
    """Write `files` and their manifest to an empty folder.

    Raises:
        OSError: the system refused.
    """
    for name, data in files.items():
        atomic.create(folder / name, data)
    listed: dict[str, JSON] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    atomic.create(folder / _NAME, _text({"format": FORMAT, "step": step, "files": listed}))


def read(folder: Path) -> tuple[int, dict[str, bytes]]:
    """Read and verify a folder written by `write`; return its step and its files.

    Raises:
        RunError: the folder is not as it was written; the message says what differs.
    """
    raw = _read_file(folder, _NAME, largest=_LARGEST_MANIFEST)
    try:
        content = strict_json.loads(raw)
        version, step = content["format"], content["step"]
        listed = {name: (entry["size"], entry["sha256"]) for name, entry in content["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _damaged(folder, f"{_NAME} cannot be read") from None
    if version != FORMAT:
        message = f"{folder} has format {version}, and this version of ganforge reads format {FORMAT}"
        raise RunError(message, fix="use the version of ganforge that wrote it")
    if _text(content) != raw or type(step) is not int or step < 0:
        raise _damaged(folder, f"{_NAME} is not as it was written")
    return step, {name: _verified(folder, name, size, digest) for name, (size, digest) in listed.items()}


def _verified(folder: Path, name: str, size: object, digest: object) -> bytes:
    if not _FILE_NAME.fullmatch(name) or type(size) is not int:
        raise _damaged(folder, f"{_NAME} is not as it was written")
    data = _read_file(folder, name, largest=size)
    if len(data) != size:
        raise _damaged(folder, f"{name} has {len(data):,} bytes instead of {size:,}")
    if hashlib.sha256(data).hexdigest() != digest:
        raise _damaged(folder, f"{name} does not have the SHA-256 that {_NAME} gives")
    return data


def _read_file(folder: Path, name: str, *, largest: int) -> bytes:
    path = folder / name
    try:
        status = path.stat()
        # Check before reading: a pipe would never end, and a file that has grown may not fit into memory.
        if not stat.S_ISREG(status.st_mode):
            raise _damaged(folder, f"{name} is not a file")
        if status.st_size > largest:
            raise _damaged(folder, f"{name} has {status.st_size:,} bytes instead of at most {largest:,}")
        return path.read_bytes()
    except FileNotFoundError:
        raise _damaged(folder, f"{name} is missing") from None
    except OSError as error:
        raise _damaged(folder, f"{name} cannot be read ({error.strerror})") from error


def _damaged(folder: Path, how: str) -> RunError:
    return RunError(f"{folder} is damaged: {how}", fix="use another checkpoint of the run, or a copy of this one")


def _text(content: JSON) -> bytes:
    return (strict_json.dumps(content, indent=1) + "\n").encode("ascii")
