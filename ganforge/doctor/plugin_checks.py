"""Every installed plugin: errors, the side effects of its import, and its own checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import distributions
from itertools import chain
from typing import Any

from ganforge.doctor import STATES, Finding
from ganforge.errors import UsageError
from ganforge.imports.watched_import import ImportReport, watched_import
from ganforge.plugins.loader import FIRST_PARTY, Plugin, describe_error, name_and_version
from ganforge.plugins.registry import Registry

SLOW = 0.5
"""Seconds of import above which there is a warning; a module that imports nothing heavy takes milliseconds."""


def registered() -> tuple[Registry, UsageError | None]:
    """Return the plugins; or none, and the error, if the environment selects one that is not installed."""
    try:
        return Registry(), None
    except UsageError as error:
        return Registry([]), error


def plugins(registry: Registry, unknown: UsageError | None = None) -> Iterator[Finding]:
    """Yield a finding for each plugin, and for each distribution of plugins that is installed more than once."""
    if unknown:
        yield Finding("selection", "error", unknown.message, unknown.fix)
    elif not registry.plugins:
        yield Finding("plugins", "error", "none is installed", f"pip install {' '.join(FIRST_PARTY.values())}")
    yield from map(_plugin, registry.plugins)
    for distribution in dict.fromkeys(plugin.distribution for plugin in registry.plugins):
        yield from _copies(distribution)


def _plugin(plugin: Plugin) -> Finding:
    report = plugin.import_report
    facts: dict[str, Any] = {
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "api": plugin.api,
        "state": "off" if plugin.off else "broken" if plugin.error else "loaded",
        "reason": plugin.off or plugin.error,
        "fix": plugin.fix,
        "components": len(plugin.components),
        **asdict(replace(report, seconds=round(report.seconds, 3))),
    }
    if plugin.off:
        return Finding(plugin.name, "ok", f"{plugin.origin}, switched off by {plugin.off}", facts=facts)
    remarks = "; ".join(_remarks(report))
    if plugin.error:
        text = f"{plugin.origin} {plugin.obstacle}{f' ({remarks})' if remarks else ''}"
        return Finding(plugin.name, "error", text, plugin.fix, facts)
    count = len(plugin.components)
    text = f"{plugin.origin}, API {plugin.api}, {count} component{'s' * (count != 1)}"
    if not remarks:
        return Finding(plugin.name, "ok", text, facts=facts)
    fix = f"report this to the author of {plugin.distribution}, or go without it: ganforge --no-plugin {plugin.name}"
    return Finding(plugin.name, "warning", f"{text}; {remarks}", fix, facts)


def _remarks(report: ImportReport) -> Iterator[str]:
    """Yield the ways in which an import was not quick and quiet."""
    if report.seconds >= SLOW:
        yield f"took {report.seconds:.1f} s to import"
    if report.imported:
        yield f"imported {', '.join(report.imported)}"
    if report.printed:
        yield f"printed {report.printed!r}"
    if report.changed:
        yield f"changed {', '.join(report.changed)}"


def _copies(distribution: str) -> Iterator[Finding]:
    """Yield a warning if a distribution is installed in several places, of which Python uses the first."""
    found = distributions(name=distribution)
    copies = list(dict.fromkeys(f"{name_and_version(one)[1]} in {one.locate_file('')}" for one in found))
    if len(copies) > 1:
        text = f"installed more than once: {copies[0]} is used, and {', '.join(copies[1:])} is not"
        yield Finding(distribution, "warning", text, "uninstall it until only one is left", {"copies": copies})


def own_checks(registry: Registry) -> Iterator[Finding]:
    """Yield the findings of the plugins' own checks, each guarded."""
    for plugin in registry.plugins:
        if plugin.module is None:
            continue
        try:
            with watched_import():
                found = _answers(registry, plugin)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a check may raise SystemExit
            found = [_refused(plugin, describe_error(error))]
        yield from found


def _answers(registry: Registry, plugin: Plugin) -> list[Finding]:
    others = [other for other in registry.hooks.get_plugins() if other is not plugin.module]
    found = []
    for item in chain.from_iterable(registry.hooks.subset_hook_caller("ganforge_doctor", others)()):
        match item:
            case (str(name), str(state), str(text)) if state in STATES:
                found.append(Finding(f"{plugin.name}: {name}", state, " ".join(text.split())))  # type: ignore[arg-type]
            case _:
                found.append(_refused(plugin, f"it gave {item!r}, which is no (name, state, text)"))
    return found


def _refused(plugin: Plugin, text: str) -> Finding:
    fix = f"report this to the author of {plugin.distribution}"
    return Finding(plugin.name, "error", f"its check failed: {text}", fix)
