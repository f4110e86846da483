"""Components by name: `plugin/name`, or the bare name while it is unique."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pluggy

from ganforge.errors import PluginError
from ganforge.plugins.component import KINDS, Component
from ganforge.plugins.loader import FIRST_PARTY, Plugin, load_plugins

if TYPE_CHECKING:
    from ganforge.plugins.options import OptionSchema


@dataclass(frozen=True)
class Entry:
    """A component together with the plugin that contributes it."""

    component: Component
    plugin: Plugin

    @property
    def kind(self) -> str:
        """The component's kind."""
        return self.component.kind

    @property
    def name(self) -> str:
        """The full name, `plugin/name`."""
        return f"{self.plugin.name}/{self.component.name}"

    @property
    def summary(self) -> str:
        """The plugin's one line on it."""
        return self.component.summary

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        return f"{self.plugin.distribution} {self.plugin.version}"

    def load(self) -> Any:
        """Import the class or function.

        Raises:
            PluginError: the import fails or the attribute is not there.
        """
        module, attribute = self.component.target.split(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"the {self.kind} {self.name!r} of {self.origin} cannot be imported: {type(error).__name__}: {error}",
                fix=f"reinstall {self.plugin.distribution}, or report this to its author",
            ) from error

    @cached_property
    def schema(self) -> OptionSchema:
        """The component's options, read from its signature; imports it."""
        from ganforge.plugins.options import schema_of  # pydantic takes a quarter of a second: not to list names

        return schema_of(self.load(), self.name)


class Registry:
    """Every installed component, found through the plugins' entry points.

    Args:
        points: the entry points to load instead of the installed ones.
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
        """The component of this kind that a recipe means by `name`.

        Raises:
            PluginError: there is none, its plugin is broken, or the bare name is claimed by several distributions.
        """
        candidates = self.entries(kind)
        if "/" in name:
            for entry in candidates:
                if entry.name == name:
                    return entry
            self._raise_if_broken(kind, name)
            raise self._unknown(kind, name, candidates)
        named = [entry for entry in candidates if entry.component.name == name]
        own = [entry for entry in named if entry.plugin.name in FIRST_PARTY]
        if len(named) == 1 or len(own) == 1:
            return (own or named)[0]
        if named:
            claims = " and ".join(f"{entry.name!r} of {entry.origin}" for entry in named)
            raise PluginError(f"the {kind} {name!r} is ambiguous: {claims}", fix="write the name with its plugin")
        raise self._unknown(kind, name, candidates)

    def find(self, text: str) -> list[Entry]:
        """The components that a user may mean by `name`, `plugin/name`, `kind/name` or `kind/plugin/name`."""
        head, _, rest = text.partition("/")
        kinds = [kind for kind in KINDS if head in (kind, f"{kind}s")]
        found = self.entries(pattern=text)
        if kinds and rest:
            found += [entry for entry in self.entries(kinds[0], pattern=rest) if entry not in found]
        return found

    def nearest(self, text: str) -> str | None:
        """A question that names the component nearest to what a user typed; None when none is near."""
        names = {entry.component.name: entry.name for entry in self._entries} | {e.name: e.name for e in self._entries}
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
        return f"did you mean {names[near[0]]!r}?" if near else None

    def _raise_if_broken(self, kind: str, name: str) -> None:
        owner = name.split("/")[0]
        for plugin in self.broken:
            if plugin.name == owner:
                raise PluginError(
                    f"the {kind} {name!r} belongs to the plugin {owner!r} of {plugin.distribution} {plugin.version}, "
                    f"which cannot be loaded: {plugin.error}",
                    fix=f"mend or reinstall {plugin.distribution}",
                )

    def _unknown(self, kind: str, name: str, candidates: Sequence[Entry]) -> PluginError:
        elsewhere = [entry for entry in self._entries if name in (entry.name, entry.component.name)]
        if elsewhere:
            return PluginError(f"{elsewhere[0].name!r} is a {elsewhere[0].kind}, not a {kind}")
        names = {entry.component.name: entry.name for entry in candidates} | {e.name: e.name for e in candidates}
        near = [names[match] for match in difflib.get_close_matches(name, names, n=1, cutoff=0.5)]
        fix = f"did you mean {near[0]!r}?" if near else f"`ganforge list {kind}` shows those that are installed"
        owner = name.split("/")[0]
        if "/" in name and owner not in {plugin.name for plugin in self.plugins}:
            fix = f"did you mean {near[0]!r}?" if near else f"no plugin {owner!r} is installed: pip install it"
        return PluginError(f"there is no {kind} {name!r}", fix=fix)
