"""`ganforge list`: the installed components, and the plugins that cannot be loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganforge.cli import completion

if TYPE_CHECKING:
    from ganforge.plugins.entry import Entry
    from ganforge.plugins.loader import Plugin
    from ganforge.plugins.registry import Registry


def list_components(
    what: Annotated[
        str | None,
        typer.Argument(
            help="A kind (loss, losses), or a name with wildcards ('dtn/*').",
            autocompletion=completion.components_and_kinds,
        ),
    ] = None,
    plugin: Annotated[
        str | None, typer.Option("--plugin", "-p", help="Only this plugin's.", autocompletion=completion.plugins)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List the installed components."""
    from ganforge.plugins.component import kind_named
    from ganforge.plugins.loader import FIRST_PARTY
    from ganforge.plugins.registry import Registry

    registry = Registry()
    owner = registry.plugin(plugin) if plugin else None
    kind = kind_named(what or "")
    entries = registry.entries(kind, plugin) if kind or what is None else registry.find(what, plugin)
    if as_json:
        print(json.dumps(_as_data(entries, registry), indent=1))
        return
    for one in registry.broken:
        print(f"broken plugin {one.name!r} of {one.origin}: {one.error}\n  fix: {one.fix}", file=sys.stderr)
    if not entries and what:
        raise _no_match(what, owner, registry)
    if not entries and owner:
        print(_without_components(owner))
    elif not entries:
        print(f"no plugins are installed: pip install {' '.join(FIRST_PARTY.values())}", file=sys.stderr)
    width = max((len(entry.name) for entry in entries), default=0)
    for index, (heading, group) in enumerate(groupby(entries, key=lambda entry: entry.kind)):
        print("\n" * bool(index) + heading)
        for entry in group:
            print(f"  {entry.name:<{width}}  {entry.summary}")


def _no_match(what: str, owner: Plugin | None, registry: Registry) -> Exception:
    """Return the error for a name that is neither a kind nor a component, with alternatives."""
    from ganforge.errors import UsageError
    from ganforge.plugins.component import KINDS
    from ganforge.suggest import suggest

    if owner:
        fix = f"`ganforge list --plugin {owner.name}`" if owner.components else _without_components(owner)
        return UsageError(f"nothing matches {what!r} of the plugin {owner.name!r}", fix=fix)
    registry.check_owner(what)
    plugins = ", ".join(dict.fromkeys(one.name for one in registry.plugins)) or "none"
    question = suggest(what, KINDS) or registry.nearest(what)
    return UsageError(f"nothing matches {what!r}", fix=question or f"kinds: {', '.join(KINDS)}; plugins: {plugins}")


def _without_components(plugin: Plugin) -> str:
    """Describe a plugin that contributes no components."""
    does = {
        f"tracks runs (`ganforge run --tracker {plugin.name} ...`)": plugin.is_tracker,
        "brings recipes (`ganforge recipes`)": plugin.recipes is not None,
        "has checks of its own (`ganforge doctor`)": "ganforge_doctor" in plugin.hooks,
    }
    said = ", ".join(text for text, holds in does.items() if holds)
    return f"{plugin.name}, of {plugin.origin}, contributes no components; it {said or 'implements no hooks'}"


def _as_data(entries: Sequence[Entry], registry: Registry) -> dict[str, list[dict[str, Any]]]:
    def of(plugin: Plugin) -> dict[str, Any]:
        return {"distribution": plugin.distribution, "version": plugin.version}

    return {
        "components": [
            {"kind": entry.kind, "name": entry.name, "summary": entry.summary, **of(entry.plugin)} for entry in entries
        ],
        "broken": [{"plugin": one.name, **of(one), "error": one.error, "fix": one.fix} for one in registry.broken],
    }
