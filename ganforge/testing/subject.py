"""Subjects of checks, and their names on the command line: components with options, and plugins as a whole."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganforge.errors import UsageError
from ganforge.plugins.component import kind_named
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import Plugin
from ganforge.plugins.registry import Registry
from ganforge.suggest import suggest
from ganforge.testing.check import PLUGIN, Check

if TYPE_CHECKING:
    from ganforge.options.schema import Option
    from ganforge.recipe.document import Document
    from ganforge.recipe.recipe import ChosenComponent

# The facts that recipes imply for a kind of component.
IMPLIED = {
    "dataset": {"data_root"},
    "encoder": {"image_size", "in_channels", "classes"},
    "generator": {"image_size", "in_channels", "out_channels", "code_dim", "classes"},
    "discriminator": {"image_size", "in_channels", "outputs", "classes"},
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A component with options.

    Attributes:
        entry: the component.
        registry: the installed components that it may work with.
        options: as in a recipe; those that it requires and that are not given are made up.
        data_root: the folder of data sets, or None.
        seed: the seed of initial weights.
    """

    entry: Entry
    registry: Registry
    options: Mapping[str, Any] = field(default_factory=dict)
    data_root: Path | None = None
    seed: int = 0

    @property
    def kind(self) -> str:
        """Return the component's kind."""
        return self.entry.kind

    @property
    def name(self) -> str:
        """Return the component's full name."""
        return self.entry.name

    def with_options(self, **options: Any) -> Subject:
        """Return the same component with some options given."""
        return replace(self, options={**self.options, **options})

    @property
    def required(self) -> list[Option]:
        """Return the options that it requires and that nothing gives."""
        known = {*IMPLIED.get(self.kind, ()), *self.options}
        return [option for option in self.entry.schema.options if option.required and option.name not in known]

    @cached_property
    def chosen(self) -> tuple[ChosenComponent, Document]:
        """The component with all options that it requires, checked like a recipe's.

        Raises:
            GanforgeError: the options do not fit, or nothing can be made up for a required one.
        """
        from ganforge.recipe.check import check_component
        from ganforge.testing.option_values import made_up

        given = {option.name: made_up(option, self.registry) for option in self.required}
        return check_component(
            self.kind, self.name, (), self.registry, {**given, **self.options}, "the conformance kit"
        )

    def build(self, facts: Mapping[str, Any] | None = None) -> Any:
        """Build the component as the engine does: from a seed, with the facts that a recipe implies.

        Raises:
            GanforgeError: it rejects its options.
        """
        import torch

        from ganforge.recipe.build import build_component

        chosen, document = self.chosen
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build_component(chosen, facts or {}, document)


@dataclass(frozen=True, eq=False)
class WholePlugin:
    """A plugin as a whole.

    Attributes:
        plugin: the plugin.
        registry: the installed components.
    """

    plugin: Plugin
    registry: Registry
    kind = PLUGIN

    @property
    def name(self) -> str:
        """Return the plugin's name."""
        return self.plugin.name


AnySubject = Subject | WholePlugin


def subjects_of(plugin: str, registry: Registry, data_root: Path | None = None) -> list[AnySubject]:
    """Return a plugin and its components.

    Raises:
        UsageError: there is no such plugin.
        PluginError: it cannot be loaded, or is switched off.
    """
    found = registry.plugin(plugin)
    components = [Subject(entry, registry, data_root=data_root) for entry in registry.entries(plugin=plugin)]
    return [WholePlugin(found, registry), *components]


def subject_named(name: str, registry: Registry, kind: str | None = None) -> Subject:
    """Return the component of a name.

    Raises:
        UsageError: there is none, or there are several.
        PluginError: its plugin cannot be loaded, or is switched off.
    """
    if kind is not None:
        return Subject(registry.get(kind, name), registry)
    candidates = [entry for entry in registry.entries() if entry.goes_by(name)]
    if not candidates:
        registry.check_owner(name)
        raise UsageError(f"there is no component {name!r}", fix=registry.nearest(name) or "`ganforge list` shows them")
    if len(candidates) > 1:
        kinds = " and ".join(f"{entry.kind} {entry.name!r}" for entry in candidates)
        raise UsageError(f"{name!r} is the name of several components: {kinds}", fix=f'add kind="{candidates[0].kind}"')
    return Subject(candidates[0], registry)


def matching(text: str, subjects: Sequence[AnySubject]) -> list[AnySubject]:
    """Return the subjects that `name` or `kind/name` means, with or without the plugin's name, wildcards included.

    Raises:
        UsageError: there is none.
    """
    found = [subject for subject in subjects if any(fnmatch.fnmatchcase(name, text) for name in _names(subject))]
    if not found:
        known = [_names(subject)[0] for subject in subjects]
        raise UsageError(f"the plugin has no component {text!r}", fix=_nearest(text, known))
    return found


def check_named(name: str, checks: Iterable[Check]) -> Check:
    """Return the check of a name.

    Raises:
        UsageError: there is none.
    """
    known = {check.name: check for check in checks}
    if name not in known:
        raise UsageError(f"there is no check {name!r} here", fix=_nearest(name, list(known)))
    return known[name]


def _names(subject: AnySubject) -> list[str]:
    """Return the names of a subject, the shortest first."""
    if isinstance(subject, WholePlugin):
        return [PLUGIN]
    bare, kind = subject.entry.component.name, subject.kind
    plural = f"{kind}es" if kind_named(f"{kind}es") else f"{kind}s"
    return [bare, subject.name, *(f"{head}/{name}" for head in (kind, plural) for name in (bare, subject.name))]


def _nearest(text: str, known: Sequence[str]) -> str:
    return suggest(text, known) or f"there are: {', '.join(known) or 'none'}"
