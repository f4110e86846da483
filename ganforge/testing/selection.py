"""Subjects and checks by the names that a user types."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganforge.errors import UsageError
from ganforge.plugins.component import kind_named
from ganforge.plugins.registry import Registry
from ganforge.testing.check import PLUGIN, Check
from ganforge.testing.subject import Subject, WholePlugin

AnySubject = Subject | WholePlugin


def subjects_of(plugin: str, registry: Registry, data_root: Path | None = None) -> list[AnySubject]:
    """A plugin and all that it contributes.

    Raises:
        UsageError: there is no such plugin.
        PluginError: it cannot be loaded, or is switched off.
    """
    found = registry.plugin(plugin)
    components = [Subject(entry, registry, data_root=data_root) for entry in registry.entries(plugin=plugin)]
    return [WholePlugin(found, registry), *components]


def subject_named(name: str, registry: Registry, kind: str | None = None) -> Subject:
    """One component.

    Raises:
        UsageError: there is none of this name, or there are several.
        PluginError: its plugin cannot be loaded, or is switched off.
    """
    if kind is not None:
        return Subject(registry.get(kind, name), registry)
    candidates = [entry for entry in registry.entries() if name in (entry.name, entry.component.name)]
    if not candidates:
        registry.check_owner(name)
        raise UsageError(f"there is no component {name!r}", fix=registry.nearest(name) or "`ganforge list` shows them")
    if len(candidates) > 1:
        kinds = " and ".join(f"{entry.kind} {entry.name!r}" for entry in candidates)
        raise UsageError(f"{name!r} is the name of several components: {kinds}", fix=f'add kind="{candidates[0].kind}"')
    return Subject(candidates[0], registry)


def matching(text: str, subjects: Sequence[AnySubject]) -> list[AnySubject]:
    """The subjects that are meant by `name`, `kind/name` or either with the plugin's name before it; with wildcards.

    Raises:
        UsageError: there is none.
    """
    found = [subject for subject in subjects if any(fnmatch.fnmatchcase(name, text) for name in _names(subject))]
    if not found:
        known = [_names(subject)[0] for subject in subjects]
        raise UsageError(f"the plugin has no component {text!r}", fix=_nearest(text, known))
    return found


def check_named(name: str, checks: Iterable[Check]) -> Check:
    """A check by its name.

    Raises:
        UsageError: there is none.
    """
    known = {check.name: check for check in checks}
    if name not in known:
        raise UsageError(f"there is no check {name!r} here", fix=_nearest(name, list(known)))
    return known[name]


def _names(subject: AnySubject) -> list[str]:
    """What a subject may be called, the shortest first."""
    if isinstance(subject, WholePlugin):
        return [PLUGIN]
    bare, kind = subject.entry.component.name, subject.kind
    plural = f"{kind}es" if kind_named(f"{kind}es") else f"{kind}s"
    heads = (kind, plural)
    return [bare, subject.name, *(f"{head}/{name}" for head in heads for name in (bare, subject.name))]


def _nearest(text: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(text, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
