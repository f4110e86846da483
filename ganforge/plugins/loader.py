"""Finding plugins, one guarded entry point at a time.

pluggy's own loader lets one broken plugin stop the host and drops the second of two distributions with the same
plugin name without a word. Here every entry point is imported and registered on its own; whatever goes wrong becomes
a line beside the plugin's name, and a name that two distributions claim is refused to both of them (or to the
stranger, when the name is a first-party one).
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import pluggy

from ganforge.plugins import hookspecs
from ganforge.plugins.component import NAME, Component

GROUP = "ganforge"
FIRST_PARTY = {name: f"ganforge-{name}" for name in ("basics", "digits", "dtn")}


@dataclass(frozen=True)
class Plugin:
    """One entry point and what came of it.

    Attributes:
        name: the entry point's name, the first half of its components' names.
        distribution: the installed distribution that declares it.
        version: that distribution's version.
        target: the module that the entry point names.
        error: why it cannot be used, or None.
        components: what it contributes; empty when broken.
        module: the imported module, or None when broken.
    """

    name: str
    distribution: str
    version: str
    target: str
    error: str | None = None
    components: tuple[Component, ...] = ()
    module: ModuleType | None = field(default=None, repr=False, compare=False)


def installed_entry_points() -> list[EntryPoint]:
    """The entry points of the group `ganforge`, in a fixed order."""
    return sorted(entry_points(group=GROUP), key=lambda point: (point.name, _distribution(point)))


def load_plugins(points: Iterable[EntryPoint] | None = None) -> tuple[pluggy.PluginManager, list[Plugin]]:
    """Load each plugin; never raises for a broken one.

    Args:
        points: the entry points to load; the installed ones by default.

    Returns:
        The hook manager with every working plugin registered, and all plugins, broken ones with their `error`.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    points = installed_entry_points() if points is None else list(points)
    claims: dict[str, list[EntryPoint]] = {}
    for point in points:
        claims.setdefault(point.name, []).append(point)
    return manager, [_load(manager, point, claims[point.name]) for point in points]


def _load(manager: pluggy.PluginManager, point: EntryPoint, claims: list[EntryPoint]) -> Plugin:
    distribution = _distribution(point)
    plugin = Plugin(
        name=point.name,
        distribution=distribution,
        version=point.dist.version if point.dist else "?",
        target=point.value,
    )
    refusal = _refusal(point.name, distribution, [_distribution(claim) for claim in claims])
    if refusal:
        return _broken(plugin, refusal)
    try:
        # A plugin that prints at import must not spoil what a command prints for a program to read.
        with contextlib.redirect_stdout(sys.stderr):
            module = point.load()
            misspelt = _misspelt_hook(module)
            if misspelt:
                return _broken(plugin, misspelt)
            manager.register(module, name=plugin.name)
            components = _components(manager, module)
    except (Exception, SystemExit) as error:
        if manager.has_plugin(plugin.name):
            manager.unregister(name=plugin.name)
        return _broken(plugin, f"{type(error).__name__}: {error}")
    seen: set[tuple[str, str]] = set()
    for component in components:
        if (component.kind, component.name) in seen:
            manager.unregister(name=plugin.name)
            return _broken(plugin, f"it declares the {component.kind} {component.name!r} twice")
        seen.add((component.kind, component.name))
    return Plugin(plugin.name, plugin.distribution, plugin.version, plugin.target, None, components, module)


def _components(manager: pluggy.PluginManager, module: ModuleType) -> tuple[Component, ...]:
    others = [plugin for plugin in manager.get_plugins() if plugin is not module]
    caller = manager.subset_hook_caller("ganforge_components", others)
    components = tuple(component for found in caller() for component in found)
    for component in components:
        if not isinstance(component, Component):
            raise TypeError(f"ganforge_components returned {component!r}, which is not a ganforge Component")
    return components


def _refusal(name: str, distribution: str, claimants: list[str]) -> str | None:
    if not NAME.fullmatch(name):
        return f"its entry point's name {name!r} is not lower-case words joined by hyphens"
    owner = FIRST_PARTY.get(name)
    if owner is not None and distribution != owner:
        return f"the plugin name {name!r} belongs to {owner}; {distribution} must choose another"
    if owner is None and len(claimants) > 1:
        return f"the plugin name {name!r} is claimed by {' and '.join(sorted(claimants))}; uninstall one of them"
    return None


def _misspelt_hook(module: ModuleType) -> str | None:
    known = [name for name, value in vars(hookspecs).items() if hasattr(value, "ganforge_spec")]
    for name, value in vars(module).items():
        if inspect.isfunction(value) and hasattr(value, "ganforge_impl") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            return f"it implements {name!r}, which is no hook" + (f"; did you mean {near[0]!r}?" if near else "")
    return None


def _broken(plugin: Plugin, error: str) -> Plugin:
    return Plugin(plugin.name, plugin.distribution, plugin.version, plugin.target, error)


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "?"
