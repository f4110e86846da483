"""`ganforge list`: the installed components, and the plugins that could not be loaded."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer


def list_components(
    what: Annotated[
        str | None, typer.Argument(help="A kind (loss, losses), or a name with wildcards ('dtn/*').")
    ] = None,
    plugin: Annotated[str | None, typer.Option("--plugin", "-p", help="Only this plugin's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List the installed components."""
    from ganforge.errors import UsageError
    from ganforge.plugins.component import KINDS
    from ganforge.plugins.registry import Registry

    registry = Registry()
    singular = {**{kind: kind for kind in KINDS}, **{f"{kind}s": kind for kind in KINDS}, "losses": "loss"}
    kind = singular.get(what or "")
    entries = registry.entries(kind, plugin, "*" if kind or what is None else what)
    if as_json:
        rows = [
            {
                "kind": entry.kind,
                "name": entry.name,
                "summary": entry.summary,
                "distribution": entry.plugin.distribution,
                "version": entry.plugin.version,
            }
            for entry in entries
        ]
        broken = [
            {"plugin": one.name, "distribution": one.distribution, "version": one.version, "error": one.error}
            for one in registry.broken
        ]
        print(json.dumps({"components": rows, "broken": broken}, indent=1))
        return
    if not entries and (what or plugin):
        near = f"kinds: {', '.join(KINDS)}; plugins: {', '.join(one.name for one in registry.plugins)}"
        raise UsageError(f"nothing matches {what or plugin!r}", fix=near)
    width = max((len(entry.name) for entry in entries), default=0)
    shown = ""
    for entry in entries:
        if entry.kind != shown:
            print(f"{'' if not shown else chr(10)}{entry.kind}")
            shown = entry.kind
        print(f"  {entry.name:<{width}}  {entry.summary}")
    for one in registry.broken:
        print(f"\nbroken plugin {one.name!r} of {one.distribution} {one.version}: {one.error}", file=sys.stderr)
