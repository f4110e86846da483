"""Mistakes in a plugin's module that pluggy would pass over in silence, or report in terms of its own."""

from __future__ import annotations

import difflib
import inspect
from types import ModuleType

from ganforge.plugins import hookspecs

HOOKS = {name: value for name, value in vars(hookspecs).items() if hasattr(value, "ganforge_spec")}


def misused_hook(module: ModuleType) -> str | None:
    """What is wrong with the first hook of a module that is misspelt, unmarked or takes what no hook gives, or None."""
    for name, value in vars(module).items():
        if not inspect.isfunction(value):
            continue
        mark = getattr(value, "ganforge_impl", None)
        if mark is None and name in HOOKS:
            return f"its function {name!r} is not marked with @hookimpl"
        hook = (mark or {}).get("specname") or name
        # A function that is not marked may be the plugin's own, unless its name is a hook's but for a letter or two.
        near = difflib.get_close_matches(hook, HOOKS, n=1, cutoff=0.6 if mark else 0.9)
        if hook not in HOOKS and (mark or near):
            return f"it implements {hook!r}, which is no hook" + (f"; did you mean {near[0]!r}?" if near else "")
        if mark is None:
            continue
        given = list(inspect.signature(HOOKS[hook]).parameters)
        unknown = [parameter for parameter in inspect.signature(value).parameters if parameter not in given]
        if unknown:
            takes = f"takes {', '.join(given)}" if given else "takes no arguments"
            return f"its {name!r} has the parameter {unknown[0]!r}; the hook {takes}"
    return None
