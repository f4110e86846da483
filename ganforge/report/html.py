"""The shell of all pages: one HTML file each that needs neither network nor server, made from the folder `template`."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.regular_file import read_regular
from ganforge.report.numbers import clock, number
from ganforge.version import __version__

_TEMPLATES = "template"
_SHARED = "page"
LARGEST_PAGE = 64 << 20  # bytes


def fill(name: str, **values: object) -> str:
    """Return a page as text.

    Args:
        name: the template; its own style and script follow those of all pages.
        values: the template's variables.
    """
    script = _both(name, "js")
    return (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            style=Markup(_both(name, "css")),
            script=Markup(script),
            # The page may run this one script and load nothing, so markup smuggled in through a name stays inert.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            version=__version__,
            **values,
        )
    )


def write(page: str, target: Path) -> Path:
    """Write a page atomically, creating its folder if necessary, and return the file.

    Raises:
        RunError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        data = page.encode("utf-8", "replace")
        atomic.write_file(target, data + _seal(data))
    except OSError as error:
        raise RunError(
            f"{target} cannot be written: {error.strerror or error}", fix="make room, or give another file with -o"
        ) from error
    return target


def is_whole(file: Path) -> bool:
    """Return True if a file is a page, every byte as `write` wrote it."""
    try:
        data = read_regular(file, LARGEST_PAGE)
    except OSError:
        return False
    end = len(data) - len(_seal(b""))
    return end >= 0 and data[end:] == _seal(data[:end])


def _seal(data: bytes) -> bytes:
    return f"<!-- SHA-256 of what precedes: {hashlib.sha256(data).hexdigest()} -->\n".encode()


def link(file: Path, folder: Path) -> str | None:
    """Return the relative address of a file for a page in a folder; None if it does not exist or cannot be reached."""
    if not file.is_file():
        return None
    try:
        return quote(Path(os.path.relpath(file, folder)).as_posix())
    except ValueError:  # On another drive.
        return None


def terms(tables: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Merge tables of several runs: each term with its value, or with every value and the number of runs that have it.

    Args:
        tables: values by term, one table for each run.
    """
    tables = list(tables)
    found = []
    for key in dict.fromkeys(key for each in tables for key in each):
        values = [str(each[key]) for each in tables if key in each]
        text = values[0]
        if values != [text] * len(tables):
            counts = {value: values.count(value) for value in values}
            text = ", ".join(f"{value} ({count} run{'s' * (count > 1)})" for value, count in counts.items())
        found.append((str(key), text))
    return found


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ganforge.report", _TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"clock": clock, "number": number, "shell": lambda path: shlex.quote(str(path))}
    return environment


def _both(name: str, suffix: str) -> str:
    """Return the style or script of all pages, followed by that of one page."""
    folder = resources.files("ganforge.report").joinpath(_TEMPLATES)
    return "".join(folder.joinpath(f"{each}.{suffix}").read_text(encoding="utf-8") for each in (_SHARED, name))
