"""Components by name: `plugin/name`, or the bare name while it is unique."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from importlib.metadata import EntryPoint

import pluggy

from ganforge.errors import PluginError, UsageError
from ganforge.plugins.component import KINDS, kind_named
from ganforge.plugins.entry import Entry as Entry
from ganforge.plugins.loader import FIRST_PARTY, Plugin, load_plugins
from ganforge.plugins.selection import suggest_plugin
from ganforge.suggest import suggest

SWITCHED_OFF = "switch it on again"


class Registry:
    """Every installed component, found through the plugins' entry points.

    Args:
        points: the entry points to load instead of the installed ones.

    Attributes:
        hooks: the plugins' hooks, to be called.
        plugins: all plugins, broken ones included.
    """

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self.hooks: pluggy.PluginManager
        self.plugins: list[Plugin]
        self.hooks, self.plugins = load_plugins(points)
        self._entries = [Entry(part, plugin) for plugin in self.plugins for part in plugin.components]

    @property
    def broken(self) -> list[Plugin]:
        """The plugins that could not be loaded."""
        return [plugin for plugin in self.plugins if plugin.error is not None]

    def plugin(self, name: str) -> Plugin:
        """Return the plugin of this name, ready to be used.

        Raises:
            UsageError: there is none.
            PluginError: it cannot be loaded, or is switched off.
        """
        named = [plugin for plugin in self.plugins if plugin.name == name]
        if not named and name in FIRST_PARTY:
            raise UsageError(f"there is no plugin {name!r}", fix=f"pip install {FIRST_PARTY[name]}")
        if not named:
            fix = suggest_plugin(name, (plugin.name for plugin in self.plugins))
            raise UsageError(f"there is no plugin {name!r}", fix=fix)
        first = min(named, key=lambda plugin: plugin.obstacle is not None)
        if first.obstacle:
            raise PluginError(f"the plugin {name!r} of {first.origin} {first.obstacle}", fix=first.fix or SWITCHED_OFF)
        return first

    def entries(self, kind: str | None = None, plugin: str | None = None, pattern: str = "*") -> list[Entry]:
        """Return the components of a kind and plugin with a name, full or bare, like `pattern`; by kind and name."""
        found = [
            entry
            for entry in self._entries
            if (kind is None or entry.kind == kind)
            and (plugin is None or entry.plugin.name == plugin)
            and (fnmatch.fnmatchcase(entry.name, pattern) or fnmatch.fnmatchcase(entry.component.name, pattern))
        ]
        return sorted(found, key=lambda entry: (KINDS.index(entry.kind), entry.name))

    def get(self, kind: str, name: str) -> Entry:
        """Return the component of this kind with a name, full or bare, present or former.

        Raises:
            PluginError: there is none, its plugin is broken, or the bare name is claimed by several distributions.
        """
        candidates = self.entries(kind)
        named = [entry for entry in candidates if entry.goes_by(name)]
        named = named or [entry for entry in candidates if entry.went_by(name)]
        own = [entry for entry in named if entry.plugin.name in FIRST_PARTY]
        if len(named) == 1 or len(own) == 1:
            return (own or named)[0]
        if named:
            claims = " and ".join(f"{entry.name!r} of {entry.origin}" for entry in named)
            raise PluginError(f"the {kind} {name!r} is ambiguous: {claims}", fix="write the name with its plugin")
        raise self._unknown(kind, name, candidates)

    def find(self, text: str, plugin: str | None = None) -> list[Entry]:
        """Return the components that `name`, `plugin/name`, `kind/name` or `kind/plugin/name` may refer to.

        Kinds may be in the plural, and names have wildcards; `plugin` restricts the search to one plugin. Former names
        count if no present one fits.
        """
        kind, name = _without_kind(text)
        found = self.entries(plugin=plugin, pattern=text)
        found += [entry for entry in self.entries(kind, plugin, name) if entry not in found]
        return found or [entry for entry in self.entries(kind, plugin) if entry.went_by(name)]

    def check_owner(self, text: str) -> None:
        """Check that a name, in any form that `find` takes, is not that of an unusable plugin.

        Raises:
            PluginError: it cannot be loaded, or is switched off.
        """
        for part in {*text.split("/")[:-1]} & {plugin.name for plugin in self.plugins}:
            self.plugin(part)

    def nearest(self, text: str) -> str | None:
        """Return the question that proposes components with a similar name, or None."""
        if any(plugin.name == text for plugin in self.plugins):
            return f"{text!r} is a plugin: `ganforge list --plugin {text}`"
        kind, name = _without_kind(text)
        return _nearest(name, self.entries(kind))

    def _unknown(self, kind: str, name: str, candidates: list[Entry]) -> PluginError:
        """Return the error for an unknown name: another kind, a broken or missing plugin, or a typing error."""
        owner = name.partition("/")[0] if "/" in name else None
        elsewhere = [entry for entry in self._entries if entry.goes_by(name)]
        if elsewhere:
            what = f"{elsewhere[0].name!r} is of the kind {elsewhere[0].kind}; what is wanted is of the kind {kind}"
            return PluginError(what, fix=f"`ganforge list {kind}` shows those")
        owners = [plugin for plugin in self.plugins if plugin.name == owner]
        if owners and all(plugin.obstacle for plugin in owners):
            what = f"the {kind} {name!r} belongs to the plugin {owner!r} of {owners[0].origin}"
            return PluginError(f"{what}, which {owners[0].obstacle}", fix=owners[0].fix or SWITCHED_OFF)
        fix = _nearest(name, candidates)
        if fix is None and owner is not None and not owners:
            fix = f"no plugin {owner!r} is installed: install it with pip"
        if fix is None and self.broken:
            lost = ", ".join(repr(plugin.name) for plugin in self.broken)
            fix = f"`ganforge list` shows those that are installed, and why these plugins cannot be loaded: {lost}"
        fix = fix or f"`ganforge list {kind}` shows those that are installed"
        return PluginError(f"there is no {kind} {name!r}", fix=fix)


def _without_kind(text: str) -> tuple[str | None, str]:
    """Return the kind before the first slash, or None, and the rest of the text."""
    head, _, rest = text.partition("/")
    kind = kind_named(head) if rest else None
    return kind, rest if kind else text


def _nearest(text: str, entries: Iterable[Entry]) -> str | None:
    names = {name: entry.name for entry in entries for name in (entry.component.name, entry.name)}
    return suggest(text, names, cutoff=0.5)
