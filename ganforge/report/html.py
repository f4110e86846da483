"""Pages: one HTML file each that needs nothing else, neither network nor server, made from the folder `template`."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ganforge.errors import RunError
from ganforge.runs import atomic
from ganforge.version import __version__

_TEMPLATES = "template"
_SHARED = "page"


def fill(name: str, **values: object) -> str:
    """A page as text.

    Args:
        name: of its template, which comes with a style and a script of its own besides those of all pages.
        values: what the template shows.
    """
    script = _both(name, "js")
    return (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            style=Markup(_both(name, "css")),
            script=Markup(script),
            # The page may run this one script and load nothing: what a hostile name might smuggle in stays dead.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            version=__version__,
            **values,
        )
    )


def write(page: str, target: Path) -> Path:
    """Write a page, whole or not at all, in a folder that is made if need be; the file.

    Raises:
        RunError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_file(target, page.encode("utf-8", "replace"))
    except OSError as error:
        raise RunError(
            f"{target} cannot be written: {error.strerror or error}", fix="make room, or give another file with -o"
        ) from error
    return target


def link(file: Path, folder: Path) -> str | None:
    """The address of a file as seen from a page in this folder; None where it is not there or out of reach."""
    if not file.is_file():
        return None
    try:
        return quote(Path(os.path.relpath(file, folder)).as_posix())
    except ValueError:  # On another drive.
        return None


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ganforge.report", _TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _both(name: str, suffix: str) -> str:
    """What all pages share, and what this one adds."""
    folder = resources.files("ganforge.report").joinpath(_TEMPLATES)
    return "".join(folder.joinpath(f"{each}.{suffix}").read_text(encoding="utf-8") for each in (_SHARED, name))
