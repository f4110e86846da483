"""Plugin loading, one guarded entry point at a time.

pluggy's own loader lets one broken plugin stop the host and silently drops the second of two distributions with the
same plugin name. Here every entry point is imported and registered on its own: a failure is recorded beside the
plugin's name, and a name that two distributions claim is refused to both, or to the stranger if it is first-party.
"""

from __future__ import annotations

import inspect
import re
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from ganforge.errors import GanforgeError, Interrupted, PluginError
from ganforge.imports.watched_import import ImportReport, watched_import
from ganforge.plugins import api_version, hookspecs
from ganforge.plugins.component import NAME, Component
from ganforge.plugins.selection import Selection
from ganforge.printable import printable
from ganforge.suggest import suggest

GROUP = "ganforge"
FIRST_PARTY = {name: f"ganforge-{name}" for name in ("basics", "digits", "dtn", "faces", "gans", "tensorboard")}
HOOKS = {name: value for name, value in vars(hookspecs).items() if hasattr(value, "ganforge_spec")}


@dataclass(frozen=True)
class Plugin:
    """An entry point and the result of loading it.

    Attributes:
        name: the entry point's name, the first half of its components' names.
        distribution: the installed distribution that declares it.
        version: that distribution's version.
        target: the module that the entry point names.
        error: why it cannot be used, or None.
        fix: how to fix the error, or None.
        off: the setting that switches it off, such as `--no-plugin acme`, or None; it is not imported then.
        api: the version of the contract that it is written for, or None when broken.
        hooks: the names of the hooks that it implements; empty when broken.
        components: its components; empty when broken.
        recipes: the folder of its recipes, or None.
        import_report: side effects of importing it.
        module: the imported module, or None when broken.
    """

    name: str
    distribution: str
    version: str
    target: str
    error: str | None = None
    fix: str | None = None
    off: str | None = None
    api: int | None = None
    hooks: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    recipes: Path | None = None
    import_report: ImportReport = field(default_factory=ImportReport, compare=False)
    module: ModuleType | None = field(default=None, repr=False, compare=False)

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        return f"{self.distribution} {self.version}"

    @property
    def obstacle(self) -> str | None:
        """The reason why it cannot be used, as the end of a sentence, or None."""
        if self.error is not None:
            return f"cannot be loaded: {self.error}"
        return f"is switched off by {self.off}" if self.off else None

    @property
    def is_tracker(self) -> bool:
        """Return whether it is a tracker."""
        return any(hook in hookspecs.TRACKER_HOOKS for hook in self.hooks)


def installed_entry_points() -> tuple[list[EntryPoint], list[Plugin]]:
    """Return the entry points of the group `ganforge`, sorted, and the plugins with unreadable entry points."""
    points: dict[str, list[EntryPoint]] = {}
    unreadable: list[Plugin] = []
    for distribution in distributions():
        try:
            own = [point for point in distribution.entry_points if point.group == GROUP]
        except Exception as error:
            if _declares_plugins(distribution):
                name, version = name_and_version(distribution)
                problem = f"its entry_points.txt cannot be read: {describe_error(error)}"
                unreadable.append(Plugin(name, name, version, "", problem, f"reinstall {name}"))
            continue
        # A second copy further down the path is never imported.
        if own:
            points.setdefault(_canonical(name_and_version(distribution)[0]), own)
    found = [point for own in points.values() for point in own]
    return sorted(found, key=lambda point: (point.name, name_and_version(point.dist))), unreadable


def load_plugins(points: Iterable[EntryPoint] | None = None) -> tuple[pluggy.PluginManager, list[Plugin]]:
    """Load each plugin; never raises for a broken one.

    Args:
        points: the entry points to load; by default the installed ones that the environment selects.

    Returns:
        The hook manager with every working plugin registered, and all plugins, broken ones with their `error`.

    Raises:
        UsageError: the environment names a plugin that is not installed.
        Interrupted: Ctrl-C while a plugin was imported.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    if points is None:
        points, unreadable, selection = *installed_entry_points(), Selection.from_environment()
        selection.check_installed([*(point.name for point in points), *(plugin.name for plugin in unreadable)])
    else:
        points, unreadable, selection = list(points), [], Selection()
    loaded = [_load(manager, point, points, selection) for point in points]
    return manager, [*loaded, *(_unless_off(plugin, selection) for plugin in unreadable)]


def _unless_off(plugin: Plugin, selection: Selection) -> Plugin:
    off = selection.leaves_out(plugin.name)
    return replace(plugin, error=None, fix=None, off=off) if off else plugin


def _load(manager: pluggy.PluginManager, point: EntryPoint, points: list[EntryPoint], selection: Selection) -> Plugin:
    distribution, version = name_and_version(point.dist)
    plugin = _unless_off(Plugin(point.name, distribution, version, target=point.value), selection)
    if plugin.off:
        return plugin
    claimants = [name_and_version(other.dist)[0] for other in points if other.name == point.name]
    if refusal := _refusal(plugin.name, distribution, claimants):
        return replace(plugin, error=refusal, fix=f"uninstall {plugin.distribution}, or report this to its author")
    try:
        with watched_import() as report:
            loaded = _register(manager, plugin, point)
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"interrupted while the plugin {plugin.name!r} of {plugin.origin} was imported",
            signal_number=next((one for one in error.args if isinstance(one, int)), signal.SIGINT),
            fix=f"`ganforge --no-plugin {plugin.name} ...` goes without it",
        ) from None
    except BaseException as error:  # an import may end in SystemExit, or in a test runner's skip
        if manager.has_plugin(plugin.name):
            manager.unregister(name=plugin.name)
        loaded = _broken(plugin, error)
    return replace(loaded, import_report=report)


def _register(manager: pluggy.PluginManager, plugin: Plugin, point: EntryPoint) -> Plugin:
    """Import a plugin, register its hooks and collect its components and recipes."""
    module = point.load()
    if not isinstance(module, ModuleType):
        raise PluginError(f"its entry point names a {type(module).__name__}, not a module")
    if taken := manager.get_name(module):
        raise PluginError(f"its module {module.__name__!r} is already the plugin {taken!r}")
    api = api_version.declared_version(module, plugin.distribution)
    _check_hooks(module)
    manager.register(module, name=plugin.name)
    components, recipes = _components(manager, module), _recipes(manager, module)
    hooks = tuple(sorted(caller.name for caller in manager.get_hookcallers(module) or ()))
    return replace(plugin, api=api, hooks=hooks, components=components, recipes=recipes, module=module)


def _broken(plugin: Plugin, error: BaseException) -> Plugin:
    """Return the plugin with its error and the fix."""
    module = plugin.target.partition(":")[0].strip()
    if not isinstance(error, PluginError):
        # A plugin for another version of the contract fails because of that version.
        version = api_version.version_in_source(module)
        error = (api_version.version_error(version, plugin.distribution) if version is not None else None) or error
    fix = error.fix if isinstance(error, GanforgeError) else import_error_fix(error, module, plugin.distribution)
    fix = fix or f"report this to the author of {plugin.distribution}"
    return replace(plugin, error=describe_error(error), fix=fix)


def _declares_plugins(distribution: Distribution) -> bool:
    try:
        return f"[{GROUP}]" in (distribution.read_text("entry_points.txt") or "")
    except Exception:
        return False


def _refusal(name: str, distribution: str, claimants: list[str]) -> str | None:
    """Return why this distribution may not have this plugin name, or None."""
    if not NAME.fullmatch(name):
        return f"its entry point's name {name!r} is not lower-case words joined by hyphens"
    owner = FIRST_PARTY.get(name)
    if owner is not None:
        if _canonical(distribution) != owner:
            return f"the plugin name {name!r} belongs to {owner}; {distribution} must choose another"
        claimants = [claimant for claimant in claimants if _canonical(claimant) == owner]
    if len(claimants) > 1:
        return f"the plugin name {name!r} is claimed by {' and '.join(sorted(claimants))}; uninstall one of them"
    return None


def _components(manager: pluggy.PluginManager, module: ModuleType) -> tuple[Component, ...]:
    components: list[Component] = []
    for returned in _call(manager, module, "ganforge_components"):
        for component in returned:
            if not isinstance(component, Component):
                raise PluginError(f"ganforge_components returned {component!r}, which is no ganforge Component")
            taken = {name for other in components if other.kind == component.kind for name in other.names}
            for name in component.names:
                if name in taken:
                    raise PluginError(f"it declares the {component.kind} {name!r} twice")
            components.append(component)
    return tuple(components)


def _recipes(manager: pluggy.PluginManager, module: ModuleType) -> Path | None:
    folders = [Path(folder) for folder in _call(manager, module, "ganforge_recipes")]
    for folder in folders:
        if not folder.is_dir():
            raise PluginError(f"its folder of recipes {folder} does not exist")
    return folders[0] if folders else None


def _call(manager: pluggy.PluginManager, module: ModuleType, hook: str) -> list[Any]:
    """Call a hook of this plugin alone and return its answers."""
    others = [plugin for plugin in manager.get_plugins() if plugin is not module]
    answers: list[Any] = manager.subset_hook_caller(hook, others)()
    if not answers and hasattr(module, hook):
        raise PluginError(f"{hook} returned None")
    return answers


def name_and_version(distribution: Distribution | None) -> tuple[str, str]:
    """Return name and version of a distribution, `?` for each that its metadata lack."""
    try:
        assert distribution is not None
        return distribution.name or "?", distribution.version or "?"
    except Exception:
        return "?", "?"


def _canonical(name: str) -> str:
    """Return a distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _check_hooks(module: ModuleType) -> None:
    """Check a module's hooks for mistakes that pluggy ignores, or reports in terms of its own.

    Raises:
        PluginError: a hook is misspelt, not marked, or has a parameter that the contract does not know.
    """
    for name, value in vars(module).items():
        if not inspect.isfunction(value):
            continue
        mark = getattr(value, "ganforge_impl", None)
        if mark is None and name in HOOKS:
            raise PluginError(f"its function {name!r} is not marked with @hookimpl")
        hook = (mark or {}).get("specname") or name
        # An unmarked function may be the plugin's own, unless its name is almost that of a hook.
        question = suggest(hook, HOOKS.keys(), cutoff=0.6 if mark else 0.9)
        if hook not in HOOKS and (mark or question):
            raise PluginError("; ".join(filter(None, (f"it implements {hook!r}, which is no hook", question))))
        if mark is None:
            continue
        given = inspect.signature(HOOKS[hook]).parameters
        for parameter in inspect.signature(value).parameters:
            if parameter not in given:
                takes = f"takes {', '.join(given)}" if given else "takes no arguments"
                raise PluginError(f"its {name!r} has the parameter {parameter!r}; the hook {takes}")


def describe_error(error: BaseException) -> str:
    """Return an error's type and message in one line of printable characters."""
    try:
        text = " ".join(str(error.message if isinstance(error, GanforgeError) else error).split())
    except Exception:  # an error that cannot even be printed
        text = ""
    text = printable(text)
    if isinstance(error, PluginError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def import_error_fix(error: BaseException, module: str, distribution: str) -> str:
    """Return the fix for an error that the import of a distribution's module raised."""
    missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
    package = str(missing).partition(".")[0]
    if missing and package == "ganforge":
        return f"upgrade ganforge and {distribution}: their versions do not go together"
    if isinstance(error, ModuleNotFoundError) and missing and package != module.partition(".")[0]:
        return f"install the package of the module {missing!r}, which {distribution} needs"
    return f"reinstall {distribution}, or report this to its author"
