"""`ganforge list`: the installed components, and the plugins that could not be loaded."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli import completion

if TYPE_CHECKING:
    from ganforge.plugins.entry import Entry
    from ganforge.plugins.registry import Registry


def list_components(
    what: Annotated[
        str | None,
        typer.Argument(
            help="A kind (loss, losses), or a name with wildcards ('dtn/*').", autocompletion=completion.kinds
        ),
    ] = None,
    plugin: Annotated[
        str | None, typer.Option("--plugin", "-p", help="Only this plugin's.", autocompletion=completion.plugins)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List the installed components."""
    from ganforge.errors import UsageError
    from ganforge.plugins.component import KINDS, kind_named
    from ganforge.plugins.registry import Registry

    registry = Registry()
    kind = kind_named(what or "")
    entries = registry.entries(kind, plugin) if kind or what is None else registry.find(what, plugin)
    if as_json:
        print(json.dumps(_report(entries, registry), indent=1))
        return
    for one in registry.broken:
        print(f"broken plugin {one.name!r} of {one.distribution} {one.version}: {one.error}", file=sys.stderr)
        print(f"  fix: {one.fix}", file=sys.stderr)
    if not entries and (what or plugin):
        wanted = f"{what!r} of the plugin {plugin!r}" if what and plugin else repr(what or plugin)
        near = difflib.get_close_matches(what or "", KINDS, n=1)
        fix = f"did you mean {near[0]!r}?" if near else registry.nearest(what or "")
        known = f"kinds: {', '.join(KINDS)}; plugins: {', '.join(one.name for one in registry.plugins) or 'none'}"
        raise UsageError(f"nothing matches {wanted}", fix=fix or known)
    if not entries:
        print(
            "no plugins are installed: pip install ganforge-basics ganforge-digits ganforge-dtn ganforge-gans",
            file=sys.stderr,
        )
    width = max((len(entry.name) for entry in entries), default=0)
    for index, (heading, group) in enumerate(groupby(entries, key=lambda entry: entry.kind)):
        print("\n" * bool(index) + heading)
        for entry in group:
            print(f"  {entry.name:<{width}}  {entry.summary}")


def _report(entries: Sequence[Entry], registry: Registry) -> dict[str, list[dict[str, str | None]]]:
    return {
        "components": [
            {
                "kind": entry.kind,
                "name": entry.name,
                "summary": entry.summary,
                "distribution": entry.plugin.distribution,
                "version": entry.plugin.version,
            }
            for entry in entries
        ],
        "broken": [
            {
                "plugin": one.name,
                "distribution": one.distribution,
                "version": one.version,
                "error": one.error,
                "fix": one.fix,
            }
            for one in registry.broken
        ],
    }
