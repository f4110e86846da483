"""Atomic writes: files and folders are complete or absent, whenever the writer is killed.

New content is written under a temporary name in the same parent, synced, and renamed into place; then the parent is
synced. A folder cannot be renamed over another, so a folder to be replaced is first set aside under a name derived from
its own. A killed writer leaves such names behind: `clean` removes unfinished ones, and restores those set aside if
nothing took their place. Every function raises OSError when the system refuses; the previous content is then still in
place, or set aside for `clean`.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_UNFINISHED = ".ganforge-new-"
_ASIDE = ".ganforge-old-"
_UNBORN = ".ganforge-unborn-"


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing any existing file."""
    temporary = _temporary(path.parent)
    try:
        create(temporary, data)
        os.replace(temporary, path)
    except BaseException:
        _delete(temporary)
        raise
    _sync_folder(path.parent)


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `path` when the block succeeds.

    An exception in the block leaves `path` as it was and removes the new folder.
    """
    with _filled(_temporary(path.parent), lambda temporary: _move(temporary, path)) as temporary:
        yield temporary
    _delete(set_aside(path))


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `path` when the block succeeds, unless anything but an empty folder is there.

    What killed processes have left of such folders, in the same parent, is removed.

    Raises:
        FileExistsError: something is there, or has come there meanwhile; it stays as it is.
    """

    def place(temporary: Path) -> None:
        with suppress(OSError):
            path.rmdir()
        try:
            os.rename(temporary, path)
        except OSError as error:
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
            raise

    unborn = path.parent / f"{_UNBORN}{secrets.token_hex(8)}"
    with _among_makers(path.parent):
        with _filled(unborn, place) as temporary:
            yield temporary
        _sync_folder(path.parent)


@contextmanager
def _filled(temporary: Path, place: Callable[[Path], None]) -> Iterator[Path]:
    """Yield a new folder that is synced and put in its place when the block succeeds, and removed if anything fails."""
    os.mkdir(temporary)
    try:
        yield temporary
        _sync_tree(temporary)
        place(temporary)
    except BaseException:
        _delete(temporary)
        raise


@contextmanager
def _among_makers(parent: Path) -> Iterator[None]:
    """Share a lock of the system on `parent` with all who make new folders in it; clean up if no other does now.

    Where a folder cannot be locked, as on Windows, nothing is cleaned up.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(parent, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for leftover in parent.glob(f"{_UNBORN}*"):
                _delete(leftover)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def create(path: Path, data: bytes) -> None:
    """Write `data` to `path`, which must not exist, and sync it; not atomic, for use inside a `folder` block."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(path: Path) -> None:
    """Remove a folder so that it is never seen half removed."""
    temporary = _temporary(path.parent)
    os.rename(path, temporary)
    shutil.rmtree(temporary)


def set_aside(path: Path) -> Path:
    """Return the name under which `path` is set aside while it is replaced; only a killed writer leaves it behind."""
    return path.with_name(_ASIDE + path.name)


def clean(parent: Path) -> list[Path]:
    """Remove leftovers of killed writers in `parent`, restore what they had set aside, and return the leftovers found.

    Call it only while no other writer is at work. A leftover that cannot be removed stays; it does no harm.
    """
    entries = sorted(parent.iterdir()) if parent.is_dir() else []
    found = [entry for entry in entries if entry.name.startswith((_UNFINISHED, _ASIDE))]
    for leftover in found:
        original = parent / leftover.name.removeprefix(_ASIDE)
        if leftover.name.startswith(_ASIDE) and not os.path.lexists(original):
            with suppress(OSError):
                os.rename(leftover, original)
        else:
            _delete(leftover)
    return found


def _move(source: Path, target: Path) -> None:
    aside = set_aside(target)
    replacing = os.path.lexists(target)
    if replacing:
        _delete(aside)
        os.rename(target, aside)
    try:
        os.rename(source, target)
    except BaseException:
        if replacing:
            with suppress(OSError):
                os.rename(aside, target)
        raise
    _sync_folder(target.parent)


def _temporary(parent: Path) -> Path:
    return parent / f"{_UNFINISHED}{secrets.token_hex(8)}"


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _sync_tree(root: Path) -> None:
    """Sync everything below `root`, deepest first."""
    for parent, _, files in os.walk(root, topdown=False):
        for name in files:
            # Windows syncs only files that are open for writing.
            _sync(Path(parent, name), os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        _sync_folder(Path(parent))


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder.
        return
    try:
        _sync(path, os.O_RDONLY)
    except OSError as error:
        # Some network file systems cannot sync a folder; nothing more can be done there.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
