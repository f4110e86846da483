"""Components by name: `plugin/name`, or the bare name while it is unique."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable
from importlib.metadata import EntryPoint

import pluggy

from ganforge.errors import PluginError
from ganforge.plugins.component import KINDS, kind_named
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import FIRST_PARTY, Plugin, load_plugins

__all__ = ["Entry", "Registry"]


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

    def entries(self, kind: str | None = None, plugin: str | None = None, pattern: str = "*") -> list[Entry]:
        """The components of a kind and plugin whose full or bare name matches a wildcard, sorted by kind and name."""
        found = [
            entry
            for entry in self._entries
            if (kind is None or entry.kind == kind)
            and (plugin is None or entry.plugin.name == plugin)
            and (fnmatch.fnmatchcase(entry.name, pattern) or fnmatch.fnmatchcase(entry.component.name, pattern))
        ]
        return sorted(found, key=lambda entry: (KINDS.index(entry.kind), entry.name))

    def get(self, kind: str, name: str) -> Entry:
        """The component of this kind that a recipe means by `name`, which may be one that it had formerly.

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
        """The components that a user may mean by `name`, `plugin/name`, `kind/name` or `kind/plugin/name`.

        Kinds may be in the plural, and names have wildcards; `plugin` keeps to one plugin's components. Names that
        components had formerly count where no present one fits.
        """
        head, _, rest = text.partition("/")
        kind = kind_named(head) if rest else None
        found = self.entries(plugin=plugin, pattern=text)
        if kind:
            found += [entry for entry in self.entries(kind, plugin, rest) if entry not in found]
        former = [entry for entry in self.entries(kind, plugin) if entry.went_by(rest if kind else text)]
        return found or former

    def nearest(self, text: str) -> str | None:
        """A question that names the component nearest to what a user typed; None when none is near."""
        head, _, rest = text.partition("/")
        kind = kind_named(head) if rest else None
        return _nearest(rest if kind else text, self.entries(kind))

    def _unknown(self, kind: str, name: str, candidates: list[Entry]) -> PluginError:
        """Why there is no such component: another kind, a broken or missing plugin, or a slip of the pen."""
        owner = name.partition("/")[0] if "/" in name else None
        elsewhere = [entry for entry in self._entries if entry.goes_by(name)]
        if elsewhere:
            return PluginError(
                f"{elsewhere[0].name!r} is of the kind {elsewhere[0].kind}; what is wanted is of the kind {kind}",
                fix=f"`ganforge list {kind}` shows those",
            )
        owners = [plugin for plugin in self.plugins if plugin.name == owner]
        if owners and all(plugin.error or plugin.off for plugin in owners):
            first = owners[0]
            why = f"cannot be loaded: {first.error}" if first.error else f"is switched off by {first.off}"
            return PluginError(
                f"the {kind} {name!r} belongs to the plugin {owner!r} of {first.distribution} {first.version}, "
                f"which {why}",
                fix=first.fix or "switch it on again",
            )
        fix = _nearest(name, candidates)
        if fix is None and owner is not None and not owners:
            fix = f"no plugin {owner!r} is installed: install it with pip"
        if fix is None and self.broken:
            lost = ", ".join(repr(plugin.name) for plugin in self.broken)
            fix = f"`ganforge list` shows those that are installed, and why these plugins cannot be loaded: {lost}"
        return PluginError(
            f"there is no {kind} {name!r}", fix=fix or f"`ganforge list {kind}` shows those that are installed"
        )


def _nearest(text: str, entries: Iterable[Entry]) -> str | None:
    names: dict[str, str] = {}
    for entry in entries:
        names |= {entry.component.name: entry.name, entry.name: entry.name}
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
    return f"did you mean {names[near[0]]!r}?" if near else None
