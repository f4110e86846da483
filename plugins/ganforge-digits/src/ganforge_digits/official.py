"""Messages about the published files of a dataset: download commands, missing files and unofficial files."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from ganforge.errors import DataError


def download_command(component: str, *, split: str, data_root: Path) -> str:
    """Return the command that downloads the files of a split."""
    return f"ganforge download {component} --set split={split} --data {shlex.quote(str(data_root))}"


def require(paths: Iterable[Path], *, fix: str) -> None:
    """Raise a DataError with this fix if any of the files is missing."""
    for path in paths:
        if not path.is_file():
            raise DataError(f"{path} is missing", fix=fix)


def count_notice(path: Path, *, held: int, published: int) -> tuple[str, ...]:
    """Return a notice if the number of images differs from that of the published file."""
    if held == published:
        return ()
    return (f"{path.name} is not the official file: it holds {held:,} images, the official one {published:,}",)
