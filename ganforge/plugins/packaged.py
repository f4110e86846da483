"""Files inside installed packages, named `package:path`, such as weights that a plugin brings along."""

from __future__ import annotations

import importlib.resources
import importlib.util
import re
from pathlib import Path

# A package's name has two letters at least, as `C:` is a drive.
_FORM = re.compile(r"([A-Za-z_]\w+):(.+)")


def is_packaged(text: str) -> bool:
    """Return whether text has the form `package:path`."""
    return _FORM.fullmatch(text) is not None


def leaves_package(text: str) -> bool:
    """Return whether the path of `package:path` is absolute, has a backslash, or climbs out of the package."""
    path = text.partition(":")[2]
    return path.startswith("/") or "\\" in path or ".." in path.split("/")


def find_packaged(text: str) -> Path | None:
    """Return the file that `package:path` names, there or not; None when no such package is installed.

    The package is located, not imported: its code does not run.

    Args:
        text: of the form `package:path`, which does not leave the package.
    """
    package, _, path = text.partition(":")
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # a module that was imported without a spec, such as `__main__`
        spec = None
    if spec is None or spec.submodule_search_locations is None:
        return None
    # A module made of a spec has not been executed, and that is all that `files` asks for.
    return Path(str(importlib.resources.files(importlib.util.module_from_spec(spec)).joinpath(path)))
