"""Subjects of checks: components with options, given or made up, and plugins as a whole; finding them by name."""

from __future__ import annotations

import fnmatch
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic

from ganforge.errors import PluginError, UsageError
from ganforge.plugins.component import kind_named
from ganforge.plugins.entry import Entry
from ganforge.plugins.loader import Plugin
from ganforge.plugins.registry import Registry
from ganforge.suggest import suggest

if TYPE_CHECKING:
    from ganforge.options.schema import Option
    from ganforge.recipe.document import Document
    from ganforge.recipe.recipe import ChosenComponent

PLUGIN = "plugin"
# The facts that recipes imply for a kind of component.
IMPLIED = {
    "dataset": {"data_root"},
    "encoder": {"image_size", "in_channels", "classes"},
    "generator": {"image_size", "in_channels", "out_channels", "code_dim", "classes"},
    "discriminator": {"image_size", "in_channels", "outputs", "classes"},
}
NUMBERS = (1, 2, 8, 16, 0, 1.0, 0.5, 0.0)
CANDIDATES: tuple[Any, ...] = (*NUMBERS, True, "example", [1], [1, 2], [0.5], [0.5, 0.9], ["example"], [], {})


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
        """The component's kind."""
        return self.entry.kind

    @property
    def name(self) -> str:
        """The component's full name."""
        return self.entry.name

    def with_options(self, **options: Any) -> Subject:
        """Return the same component with some options given."""
        return replace(self, options={**self.options, **options})

    @property
    def required(self) -> list[Option]:
        """The options that it requires and that nothing gives."""
        known = {*IMPLIED.get(self.kind, ()), *self.options}
        return [option for option in self.entry.schema.options if option.required and option.name not in known]

    @cached_property
    def chosen(self) -> tuple[ChosenComponent, Document]:
        """The component with all options that it requires, checked like a recipe's, or else a GanforgeError."""
        from ganforge.recipe.check import check_component

        given = {option.name: made_up(option, self.registry) for option in self.required}
        return check_component(
            self.kind, self.name, (), self.registry, {**given, **self.options}, "the conformance kit"
        )

    def build(self, facts: Mapping[str, Any] | None = None) -> Any:
        """Build the component as the engine does: from a seed, with the facts that a recipe implies."""
        import torch

        from ganforge.recipe.build import build_component

        chosen, document = self.chosen
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build_component(chosen, facts or {}, document)


@dataclass(frozen=True, eq=False)
class WholePlugin:
    """A plugin as a whole, and the installed components."""

    plugin: Plugin
    registry: Registry
    kind = PLUGIN

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name


AnySubject = Subject | WholePlugin


def subjects_of(plugin: str, registry: Registry, data_root: Path | None = None) -> list[AnySubject]:
    """Return a plugin and its components; raise UsageError or PluginError if it does not exist or cannot be loaded."""
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
    """Return the subjects that `name` or `kind/name` means, with wildcards or the plugin's name; UsageError if none."""
    found = [subject for subject in subjects if any(fnmatch.fnmatchcase(name, text) for name in _names(subject))]
    if not found:
        known = [_names(subject)[0] for subject in subjects]
        raise UsageError(f"the plugin has no component {text!r}", fix=nearest_or_all(text, known))
    return found


def nearest_or_all(text: str, known: Sequence[str]) -> str:
    """Return the fix for an unknown name: the question after the nearest known name, or a list of all."""
    return suggest(text, known) or f"there are: {', '.join(known) or 'none'}"


def _names(subject: AnySubject) -> list[str]:
    """Return the names of a subject, the shortest first."""
    if isinstance(subject, WholePlugin):
        return [PLUGIN]
    bare, kind = subject.entry.component.name, subject.kind
    plural = f"{kind}es" if kind_named(f"{kind}es") else f"{kind}s"
    return [bare, subject.name, *(f"{head}/{name}" for head in (kind, plural) for name in (bare, subject.name))]


def made_up(option: Option, registry: Registry) -> Any:
    """Return a valid value for an option, as in TOML; raise PluginError if no candidate is valid."""
    if option.nested:
        names = [entry.name for entry in registry.entries(option.nested)]
        if names:
            return names[:1] if option.many else names[0]
    else:
        for candidate in (*_listed(option.annotation), *CANDIDATES):
            try:
                option.validate(candidate)
            except pydantic.ValidationError:
                continue
            return candidate
    raise PluginError(
        f"nothing can be made up for the option {option.name!r}, which it needs: {option.type_name}",
        fix=f'give one: conformance(..., options={{"{option.name}": ...}})',
    )


def alternatives(option: Option) -> list[Any]:
    """Return the values that an annotation lists, except for the default: those of a Literal or a bool."""
    found: list[Any] = []
    for value in () if option.nested else _listed(option.annotation):
        if value not in found and (type(value), value) != (type(option.default), option.default):
            found.append(value)
    return found


def _listed(annotation: Any) -> Iterator[Any]:
    """Yield the values that an annotation lists; none for lists and tables of such values."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        yield from arguments
    elif annotation is bool:
        yield from (False, True)
    elif origin in (typing.Annotated, typing.Union, types.UnionType):
        for part in arguments[:1] if origin is typing.Annotated else arguments:
            yield from _listed(part)
