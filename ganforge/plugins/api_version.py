"""The version of the contract that a plugin is written for: `GANFORGE_API = 1` in its module, 1 by default.

The version is raised whenever the contract changes; `OLDEST` is raised when something is removed. A plugin declares the
lowest version that has what it needs. If this ganforge does not offer it, the plugin is refused with a message that
says which of the two to upgrade, instead of failing in the middle of a run.
"""

from __future__ import annotations

import re
from importlib.machinery import PathFinder
from itertools import accumulate
from types import ModuleType

from ganforge.errors import PluginError
from ganforge.plugins.hookspecs import API_VERSION

OLDEST = 1
_DECLARATION = re.compile(r"^GANFORGE_API\b[^=\n]*=[ \t]*(\d+)[ \t]*(?:#|$)", re.MULTILINE)


def declared_version(module: ModuleType, distribution: str) -> int:
    """Return the version that a plugin is written for.

    Raises:
        PluginError: it is not an integer, or this ganforge does not offer it.
    """
    version = getattr(module, "GANFORGE_API", 1)
    if type(version) is not int:
        what = f"its GANFORGE_API is {version!r}, not an integer"
        raise PluginError(what, fix=f"report this to {distribution}'s author")
    if error := version_error(version, distribution):
        raise error
    return version


def version_error(version: int, distribution: str) -> PluginError | None:
    """Return why a plugin of this version cannot be used, or None if it can."""
    if OLDEST <= version <= API_VERSION:
        return None
    offered = f"{OLDEST} to {API_VERSION}" if OLDEST < API_VERSION else str(API_VERSION)
    what = f"it is written for version {version} of the plugin API, and this ganforge offers {offered}"
    return PluginError(what, fix=f"upgrade {'ganforge' if version > API_VERSION else distribution}")


def version_in_source(module: str) -> int | None:
    """Return the version that the source of a module declares, or None.

    Import nothing, not even the packages around the module: they may be the ones that cannot be imported.
    """
    try:
        spec, folders = None, None
        for name in accumulate(module.split("."), "{}.{}".format):
            spec = PathFinder.find_spec(name, folders)
            folders = spec.submodule_search_locations  # type: ignore[union-attr]
        found = _DECLARATION.search(spec.loader.get_source(module))  # type: ignore[union-attr]
    except Exception:  # there is no such file, or it is not text
        return None
    return int(found[1]) if found else None
