"""Notices about the published files of a dataset: how to get them, and files that are not official."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from ganforge.errors import DataError


def download_command(component: str, *, split: str, data_root: Path) -> str:
    """The command that fetches the files of a split."""
    return f"ganforge download {component} --set split={split} --data {shlex.quote(str(data_root))}"


def require(paths: Iterable[Path], *, fix: str) -> None:
    """Raise a DataError with this fix if one of the files is missing."""
    for path in paths:
        if not path.is_file():
            raise DataError(f"{path} is missing", fix=fix)


def count_notice(path: Path, *, held: int, published: int) -> tuple[str, ...]:
    """A sentence that says so when a file does not hold as many images as the published one."""
    if held == published:
        return ()
    return (f"{path.name} is not the official file: it holds {held:,} images, the official one {published:,}",)
