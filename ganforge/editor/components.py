"""Tables that name a component: the core's keys, `use`, and the options of whichever component `use` names.

A table lists every option that some component of the kind has, so that editors which look no further can complete it;
then, component by component, it admits those of the one that is named and no others. Where all components agree on an
option's type, it stands in the list alone, so that a mistake is marked once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganforge.editor.types import Schema, option_type
from ganforge.errors import PluginError
from ganforge.options.marks import FACTS
from ganforge.options.schema import Option
from ganforge.plugins.entry import Entry
from ganforge.plugins.registry import Registry
from ganforge.recipe.augmentation import AMOUNTS

# Where a schema only asks or adds, Tombi must not take the keys that it does not name for forbidden ones.
OPEN: Schema = {"additionalProperties": True}


class Components:
    """Schemas of tables that name components, and what these refer to.

    Args:
        registry: the installed components.

    Attributes:
        registry: the same.
        definitions: what has been referred to, by name.
        problems: why components were left out.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.definitions: Schema = {}
        self.problems: list[str] = []
        self._entries: dict[str, list[Entry]] = {}

    def entries(self, kind: str) -> list[Entry]:
        """The components of a kind whose options can be read."""
        if kind not in self._entries:
            self._entries[kind] = []
            for entry in self.registry.entries(kind):
                try:
                    _ = entry.schema
                except PluginError as error:
                    self.problems.append(str(error))
                else:
                    self._entries[kind].append(entry)
        return self._entries[kind]

    def names(self, entry: Entry) -> list[str]:
        """What recipes may call a component: its full name, and the bare one where that means this component."""
        try:
            bare = self.registry.get(entry.kind, entry.component.name) == entry
        except PluginError:
            bare = False
        return [entry.name, *([entry.component.name] if bare else [])]

    def reference(self, kind: str) -> Schema:
        """A component that is an option, or a key of the core's: a name, or a table with `use`."""
        if kind not in self.definitions:
            self.definitions[kind] = {}  # components may refer to their own kind
            entries = self.entries(kind)
            ready = [entry for entry in entries if not _required(entry.schema.options)]
            table = self.table(kind, entries, self._amounts() if kind == "augmentation" else {}, f"nested-{kind}")
            named = self._use(ready, f"a {kind} component")
            self.definitions[kind] = {
                "description": f"a {kind} component: its name, or a table with `use` and its options",
                **table,
                "type": ["string", "object"],
                "anyOf": [named, {"type": "object", **OPEN}],
            }
        return {"$ref": f"#/definitions/{kind}"}

    def _amounts(self) -> dict[str, Schema]:
        """Describe the keys of the core's in a table of an augmentation."""
        docs = {
            "probability": "the probability that an image is changed, or a scheduler that gives it",
            "strength": "factor of how much it changes an image, where it has one, or a scheduler that gives it",
        }
        number = {"type": "number", "minimum": 0, "maximum": 1}
        return {name: {"description": docs[name], "anyOf": [number, self.reference("scheduler")]} for name in AMOUNTS}

    def table(
        self,
        kind: str,
        entries: Sequence[Entry],
        core: Mapping[str, Schema],
        prefix: str,
        optional: bool = False,
        without: Schema | None = None,
    ) -> Schema:
        """A table that names one of the components.

        Args:
            kind: of the components.
            entries: the components.
            core: the core's keys beside `use`.
            prefix: of the names of its definitions.
            optional: whether `use` may be missing.
            without: what a table without `use` admits; by default anything.
        """
        listed = self._listed(entries, core)
        properties = {"use": self._use(entries, f"the {kind} component"), **core, **listed}
        chain: Schema = without or {}
        for entry in reversed(entries):
            name = f"{prefix}.{entry.name.replace('/', '.')}"
            self.definitions[name] = self._branch(entry, core, listed)
            chain = {
                "if": {**OPEN, "properties": {"use": {"enum": self.names(entry)}}, "required": ["use"]},
                "then": {"$ref": f"#/definitions/{name}"},
                **({"else": {**OPEN, **chain}} if chain else {}),
            }
        required = {} if optional else {"required": ["use"]}
        return {"type": "object", "properties": properties, **required, **OPEN, **chain}

    def without_use(self, entry: Entry, core: Mapping[str, Schema], given: Iterable[str]) -> Schema:
        """A table that does not say `use`: the options of the component that it then stands for.

        Args:
            entry: the component.
            core: the core's keys beside `use`.
            given: options that need not be set.
        """
        branch = self._branch(entry, core, {})
        return {**branch, "required": [name for name in branch["required"] if name not in given]}

    def _use(self, entries: Sequence[Entry], doc: str) -> Schema:
        named = [(name, entry.summary) for entry in entries for name in self.names(entry)]
        # Full names first: those are what recipes that are to last should say.
        named.sort(key=lambda pair: "/" not in pair[0])
        return {
            "description": doc,
            "enum": [name for name, _ in named],
            "x-taplo": {"docs": {"enumValues": [summary for _, summary in named]}},
        }

    def _branch(self, entry: Entry, core: Mapping[str, Schema], listed: Mapping[str, Schema]) -> Schema:
        """What one component admits; types that are listed as all that there is to say are not said again."""
        options = [option for option in entry.schema.options if option.name not in core]
        types = {option.name: self._typed(option) for option in options}
        typed = {
            name: True if _bare(listed.get(name, {})) == _bare(schema) else schema for name, schema in types.items()
        }
        return {
            "description": entry.summary,
            "properties": {"use": True, **dict.fromkeys(core, True), **typed},
            "required": _required(options),
            "additionalProperties": False,
        }

    def _listed(self, entries: Sequence[Entry], core: Mapping[str, Schema]) -> dict[str, Schema]:
        """Every option of the components that is no key of the core's."""
        found: dict[str, list[tuple[Entry, Option]]] = {}
        for entry in entries:
            for option in entry.schema.options:
                if option.name not in core:
                    found.setdefault(option.name, []).append((entry, option))
        return {name: self._merged(owners, len(entries)) for name, owners in found.items()}

    def _merged(self, owners: list[tuple[Entry, Option]], of: int) -> Schema:
        """One option of several components: what it means and is by default in each, and its type if they agree."""
        docs: dict[str, list[str]] = {}
        for entry, option in owners:
            docs.setdefault(option.doc, []).append(entry.name)
        everywhere = len(docs) == 1 and len(owners) == of
        lines = [text if everywhere else f"{text} ({', '.join(names)})".strip() for text, names in docs.items()]
        schemas = [self._typed(option) for _, option in owners]
        types = _distinct([_bare(schema) for schema in schemas])
        defaults = _distinct([schema.get("default") for schema in schemas])
        merged: Schema = {"description": "\n\n".join(lines)}
        if len(defaults) == 1 and defaults[0] is not None:
            merged["default"] = defaults[0]
        return {**(types[0] if len(types) == 1 else {"anyOf": types}), **merged}

    def _typed(self, option: Option) -> Schema:
        """An option: its type, what it means, and its default."""
        if option.nested:
            reference = self.reference(option.nested)
            schema = {"type": "array", "items": reference} if option.many else reference
        else:
            schema = option_type(option, self.definitions)
        if option.doc:
            schema["description"] = option.doc
        if option.plain_default is not None:
            schema["default"] = option.plain_default
        return schema


def _required(options: Iterable[Option]) -> list[str]:
    return [option.name for option in options if option.required and option.name not in FACTS]


def _bare(schema: Schema) -> Schema:
    """A type without what it means and is by default."""
    return {key: value for key, value in schema.items() if key not in ("description", "default")}


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Values that differ as JSON."""
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())
