"""The version of the contract that a plugin is written for: `GANFORGE_API = 1` in its module, 1 where it says nothing.

The version is raised whenever the contract changes; `OLDEST` is raised when something is taken away. A plugin declares
the lowest version that has what it needs. One that this ganforge does not offer is refused with one line that says
which of the two to upgrade, instead of failing in the middle of a run.
"""

from __future__ import annotations

import ast
from importlib.machinery import PathFinder
from itertools import accumulate
from types import ModuleType

from ganforge.errors import PluginError
from ganforge.plugins.hookspecs import API_VERSION

OLDEST = 1
NAME = "GANFORGE_API"


def checked(module: ModuleType, distribution: str) -> int:
    """The version that a plugin is written for.

    Raises:
        PluginError: it is no integer, or none that this ganforge offers.
    """
    version = getattr(module, NAME, 1)
    if type(version) is not int:
        raise PluginError(f"its {NAME} is {version!r}, not an integer", fix=f"report this to {distribution}'s author")
    if refused := refusal(version, distribution):
        raise refused
    return version


def refusal(version: int, distribution: str) -> PluginError | None:
    """Why a plugin of this version cannot be used, or None if it can."""
    if OLDEST <= version <= API_VERSION:
        return None
    offered = f"{OLDEST} to {API_VERSION}" if OLDEST < API_VERSION else str(API_VERSION)
    return PluginError(
        f"it is written for version {version} of the plugin API, and this ganforge offers {offered}",
        fix=f"upgrade {'ganforge' if version > API_VERSION else distribution}",
    )


def in_source(module: str) -> int | None:
    """The version that a module which cannot be imported says it is written for; None if it does not say.

    Imports nothing, not even the packages around the module: these may be what cannot be imported.
    """
    try:
        spec, folders = None, None
        for name in accumulate(module.split("."), "{}.{}".format):
            spec = PathFinder.find_spec(name, folders)
            folders = spec.submodule_search_locations  # type: ignore[union-attr]
        statements = ast.parse(spec.loader.get_source(module)).body  # type: ignore[union-attr]
    except Exception:  # there is no such file, or none that holds Python
        return None
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int(version)))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=int(version)))
            ) if name == NAME:
                return version
    return None
