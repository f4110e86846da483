"""The hooks, from their specifications."""

from __future__ import annotations

import inspect

from ganforge.plugins import hookspecs
from writers.markdown import page


def hooks() -> str:
    """Every hook that a plugin may implement."""
    lines = ["A plugin's module implements those that it needs, each marked with `ganforge.plugins.hookimpl`, with any"]
    lines += ["of the parameters in any order. [../writing-a-plugin.md](../writing-a-plugin.md) shows how.", ""]
    for name, function in vars(hookspecs).items():
        if hasattr(function, "ganforge_spec"):
            # The annotations are text, which `inspect` puts in quotes.
            signature = str(inspect.signature(function)).replace("'", "")
            lines += [f"## {name}", "", "```text", f"{name}{signature}", "```", "", inspect.getdoc(function) or "", ""]
    return page("Hooks", lines)
