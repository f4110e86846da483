"""JSON Schema of tables that name a component: the core's keys, `use`, and the options of that component.

A table lists the options of all components of the kind, so that simple editors can complete them; then a chain of
conditions admits those of the named component and no others. A type that all components share stands in the list
alone, so that a mistake is marked once.

Schemas are of draft 7, the newest that TOML editors support, without null, which TOML does not have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ganforge.errors import PluginError
from ganforge.options.marks import FACTS
from ganforge.options.schema import Option
from ganforge.plugins.component import KINDS
from ganforge.plugins.entry import Entry
from ganforge.plugins.registry import Registry
from ganforge.recipe.augmentation import AMOUNTS

Schema = dict[str, Any]
# Without it, Tombi takes the keys that a partial schema does not name for forbidden ones.
OPEN: Schema = {"additionalProperties": True}
_REFERENCE = "#/definitions/{model}"


class Components:
    """Schemas of tables that name components, and what these refer to.

    Args:
        registry: the installed components.

    Attributes:
        entries: the components with readable options, by kind.
        definitions: the targets of references, by name.
        problems: why components were left out.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.definitions: Schema = {}
        self.problems: list[str] = []
        self.entries: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
        for entry in registry.entries():
            try:
                _ = entry.schema
            except PluginError as error:
                self.problems.append(str(error))
            else:
                self.entries[entry.kind].append(entry)

    def names(self, entry: Entry) -> list[str]:
        """Return the names of a component in recipes: the full one, and the bare one unless that is ambiguous."""
        try:
            bare = self._registry.get(entry.kind, entry.component.name) == entry
        except PluginError:
            bare = False
        return [entry.name, *([entry.component.name] if bare else [])]

    def reference(self, kind: str) -> Schema:
        """Refer to a component that is the value of an option or a key: a name, or a table with `use`."""
        if kind not in self.definitions:
            self.definitions[kind] = {}  # components may refer to their own kind
            ready = [entry for entry in self.entries[kind] if not _required(entry.schema.options)]
            table = self.table(kind, self._amounts() if kind == "augmentation" else {}, f"nested-{kind}")
            named = self._use(ready, f"a {kind} component")
            self.definitions[kind] = {
                "description": f"a {kind} component: its name, or a table with `use` and its options",
                **table,
                "type": ["string", "object"],
                "anyOf": [named, {"type": "object", **OPEN}],
            }
        return {"$ref": f"#/definitions/{kind}"}

    def _amounts(self) -> dict[str, Schema]:
        """Return the core's keys in a table of an augmentation."""
        docs = {
            "probability": "the probability that an image is changed, or a scheduler that gives it",
            "strength": "factor of how much it changes an image, where it has one, or a scheduler that gives it",
        }
        number = {"type": "number", "minimum": 0, "maximum": 1}
        return {name: {"description": docs[name], "anyOf": [number, self.reference("scheduler")]} for name in AMOUNTS}

    def table(
        self,
        kind: str,
        core: Mapping[str, Schema],
        prefix: str,
        optional: bool = False,
        without: Schema | None = None,
    ) -> Schema:
        """Return a table that names one of the components.

        Args:
            kind: the kind of the components.
            core: the core's keys, without `use`.
            prefix: the beginning of the names of its definitions.
            optional: whether `use` may be missing.
            without: the schema of a table without `use`; by default it admits anything.
        """
        entries = self.entries[kind]
        listed = self._listed(entries, core)
        properties = {"use": self._use(entries, f"the {kind} component"), **core, **listed}
        branches = []
        for entry in entries:
            name = f"{prefix}.{entry.name.replace('/', '.')}"
            self.definitions[name] = self.branch(entry, core, listed)
            condition = {**OPEN, "properties": {"use": {"enum": self.names(entry)}}, "required": ["use"]}
            branches.append((condition, {"$ref": f"#/definitions/{name}"}))
        required = {} if optional else {"required": ["use"]}
        return {"type": "object", "properties": properties, **required, **OPEN, **choice(branches, without)}

    def _use(self, entries: Sequence[Entry], doc: str) -> Schema:
        named = [(name, entry.summary) for entry in entries for name in self.names(entry)]
        # Full names first: they stay unambiguous when more plugins are installed.
        named.sort(key=lambda pair: "/" not in pair[0])
        return {
            "description": doc,
            "enum": [name for name, _ in named],
            "x-taplo": {"docs": {"enumValues": [summary for _, summary in named]}},
        }

    def branch(self, entry: Entry, core: Mapping[str, Schema], listed: Mapping[str, Schema]) -> Schema:
        """Return the keys that one component admits, without the types that stand in the list already."""
        options = [option for option in entry.schema.options if option.name not in core]
        typed = {
            option.name: True if _bare(listed.get(option.name, {})) == _bare(schema) else schema
            for option in options
            for schema in [self._typed(option)]
        }
        return {
            "description": entry.summary,
            "properties": {"use": True, **dict.fromkeys(core, True), **typed},
            "required": _required(options),
            "additionalProperties": False,
        }

    def _listed(self, entries: Sequence[Entry], core: Mapping[str, Schema]) -> dict[str, Schema]:
        """Return every option of the components, without the core's keys."""
        found: dict[str, list[tuple[Entry, Option]]] = {}
        for entry in entries:
            for option in entry.schema.options:
                if option.name not in core:
                    found.setdefault(option.name, []).append((entry, option))
        return {name: self._merged(owners, len(entries)) for name, owners in found.items()}

    def _merged(self, owners: list[tuple[Entry, Option]], of: int) -> Schema:
        """Return one option of several components: its descriptions, and its type and default if they agree."""
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
        """Return the type, description and default of an option."""
        if option.nested:
            reference = self.reference(option.nested)
            schema = {"type": "array", "items": reference} if option.many else reference
        else:
            schema = _option_type(option, self.definitions)
        if option.doc:
            schema["description"] = option.doc
        if option.plain_default is not None:
            schema["default"] = option.plain_default
        return schema


def _required(options: Iterable[Option]) -> list[str]:
    return [option.name for option in options if option.required and option.name not in FACTS]


def _bare(schema: Schema) -> Schema:
    """Return a type without its description and default."""
    return {key: value for key, value in schema.items() if key not in ("description", "default")}


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Return the values without repetitions, compared as JSON."""
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


# -- types -------------------------------------------------------------------------------------------------------------


class _Draft7(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if key != "default" or value is not None}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        values = [value for value in schema["expected"] if value is not None]
        return super().literal_schema({**schema, "expected": values})

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        found = super().tuple_schema(schema)
        names = {"prefixItems": "items", "items": "additionalItems"} if "prefixItems" in found else {}
        return {names.get(key, key): value for key, value in found.items()}


def table_type(table: type[pydantic.BaseModel], definitions: Schema) -> Schema:
    """Return the schema of a table; the tables within it are added to `definitions`."""
    found = table.model_json_schema(ref_template=_REFERENCE, schema_generator=_Draft7)
    definitions |= found.pop("$defs", {})
    return found


def _option_type(option: Option, definitions: Schema) -> Schema:
    """Return the type of an option that is no component; it is empty if JSON Schema cannot express it."""
    config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    model = pydantic.create_model("Option", __config__=config, value=(option.annotation, ...))
    try:
        value: Schema = table_type(model, definitions)["properties"]["value"]
    except pydantic.PydanticUserError:
        return {}
    return value


def choice(branches: Sequence[tuple[Schema, Schema]], otherwise: Schema | None = None) -> Schema:
    """Nest pairs of a condition and its consequence into one if-then-else chain."""
    chain: Schema = otherwise or {}
    for condition, consequence in reversed(branches):
        chain = {"if": condition, "then": consequence, **({"else": {**OPEN, **chain}} if chain else {})}
    return chain
