"""A recipe as JSON Schema: its sections, and what its method says of roles, data and optimizers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from ganforge.editor.components import OPEN, Components
from ganforge.editor.types import Schema, table_type
from ganforge.method import Method
from ganforge.plugins.entry import Entry
from ganforge.recipe.check import KIND_OF_SECTION, NAME
from ganforge.recipe.schema import NAMED_SECTIONS, SECTIONS, Table

# Keys of the core's whose values are components: a scheduler, schedulers by name, and a list of augmentations.
SCHEDULE, SCHEDULES, AUGMENT = "schedule", "schedules", "augment"
NAMED: Schema = {"propertyNames": {"pattern": f"^({NAME.pattern})$"}}
TEST = "^test"
# A section that is forbidden: where it stands is marked, and not, as with `false`, the whole file.
NOTHING: Schema = {"not": {"description": "there is no such section"}}


class RecipeSchema:
    """Builds the sections of a recipe.

    Args:
        components: what is installed; definitions are added to it.
    """

    def __init__(self, components: Components) -> None:
        self._components = components
        self._methods = [
            (entry, cls)
            for entry in components.entries("method")
            if inspect.isclass(cls := entry.load()) and issubclass(cls, Method)
        ]

    def sections(self) -> Schema:
        """Every section by name, as far as it can be said without knowing the method."""
        method = self._components.table("method", [entry for entry, _ in self._methods], {}, "method")
        found: Schema = {
            "recipe": self._plain(SECTIONS["recipe"]),
            "data": self._data(),
            "networks": self._networks(),
            "method": {**method, "description": "`[method]`: how networks are trained, and by what quantities."},
        }
        for section, table in NAMED_SECTIONS.items():
            found.setdefault(section, {"additionalProperties": self._each(section, table)})
            found[section] = {"type": "object", "description": inspect.getdoc(table), **NAMED, **found[section]}
        return found | {name: self._plain(table) for name, table in SECTIONS.items() if name not in found}

    def whole(self, sections: Iterable[str]) -> Schema:
        """What is asked of a file that is a recipe: these sections and no others, and what its method needs."""
        needed = [name for name, table in SECTIONS.items() if _required(table)]
        chain: Schema = {}
        for entry, cls in reversed(self._methods):
            use = {**OPEN, "properties": {"use": {"enum": self._components.names(entry)}}, "required": ["use"]}
            chain = {
                "if": {**OPEN, "properties": {"method": use}, "required": ["method"]},
                "then": {**OPEN, **self._of_method(cls)},
                **({"else": {**OPEN, **chain}} if chain else {}),
            }
        return {
            "properties": dict.fromkeys(sections, True),
            "required": [*needed, "method"],
            "additionalProperties": NOTHING,
            **chain,
        }

    # -- sections ------------------------------------------------------------------------------------------------

    def _plain(self, table: type[Table]) -> Schema:
        return table_type(table, self._components.definitions)

    def _each(self, section: str, table: type[Table]) -> Schema:
        """A table of a section whose tables have names."""
        kind = KIND_OF_SECTION.get(section)
        if kind is None:
            return self._define(section, self._plain(table))
        return self._define(section, self._with_component(kind, table, section, section in ("optimizers", "judges")))

    def _with_component(self, kind: str, table: type[Table], prefix: str, optional: bool = False) -> Schema:
        entries, core = self._components.entries(kind), self._core(table)
        # A judge without `use` is what its recipe trains; an optimizer without, a change of the method's.
        without = _closed({"use": True, **dict.fromkeys(core, True)}, []) if prefix == "judges" else {}
        whole = self._components.table(kind, entries, core, prefix, optional, without)
        return {"description": inspect.getdoc(table), **whole}

    def _core(self, table: type[Table]) -> Schema:
        """The core's keys of a table beside `use`; those that name components say which."""
        keys: Schema = {name: schema for name, schema in self._plain(table)["properties"].items() if name != "use"}
        if SCHEDULE in keys:
            keys[SCHEDULE] = {
                "description": keys[SCHEDULE]["description"],
                **self._components.reference("scheduler"),
            }
        if SCHEDULES in keys:
            keys[SCHEDULES]["additionalProperties"] = self._components.reference("scheduler")
        if AUGMENT in keys:
            keys[AUGMENT]["items"] = self._components.reference("augmentation")
        return keys

    def _data(self) -> Schema:
        table = self._each("data", NAMED_SECTIONS["data"])
        roles = dict.fromkeys([role for _, cls in self._methods for role in cls.data], table)
        return {"properties": {**roles, "test": table}, "additionalProperties": table}

    def _networks(self) -> Schema:
        """Tables by role: of the kind that the methods with such a role want, or of one of the kinds."""
        roles = {}
        for role, kinds in self._kinds().items():
            tables = [self._network(kind) for kind in kinds]
            roles[role] = tables[0] if len(tables) == 1 else {"anyOf": tables}
        return {"properties": roles, **OPEN}

    def _kinds(self) -> dict[str, list[str]]:
        """The kinds of network that methods want in each role."""
        found: dict[str, dict[str, None]] = {}
        for _, cls in self._methods:
            for role, network in cls.networks.items():
                found.setdefault(role, {})[network.kind] = None
        return {role: list(kinds) for role, kinds in found.items()}

    def _network(self, kind: str) -> Schema:
        if f"networks-{kind}" not in self._components.definitions:
            table = self._with_component(kind, NAMED_SECTIONS["networks"], f"networks-{kind}")
            return self._define(f"networks-{kind}", table)
        return {"$ref": f"#/definitions/networks-{kind}"}

    def _define(self, name: str, schema: Schema) -> Schema:
        self._components.definitions[name] = schema
        return {"$ref": f"#/definitions/{name}"}

    # -- what a method says --------------------------------------------------------------------------------------

    def _of_method(self, cls: type[Method]) -> Schema:
        kinds = self._kinds()
        roles = {
            role: True if len(kinds[role]) == 1 else self._network(network.kind)
            for role, network in cls.networks.items()
        }
        needed = [role for role, network in cls.networks.items() if not network.optional]
        optimizers = {role: self._optimizer(cls.optimizers.get(role)) for role in cls.networks}
        return {
            "properties": {
                "data": _closed(dict.fromkeys(cls.data, True), list(cls.data), {TEST: True}),
                "networks": _closed(roles, needed),
                "optimizers": _closed(optimizers, []),
            },
            "required": [name for name, wanted in (("data", list(cls.data)), ("networks", needed)) if wanted],
        }

    def _optimizer(self, default: Mapping[str, Any] | None) -> Schema:
        """An optimizer's table; without `use`, it changes options of the method's default one."""
        entry = self._entry("optimizer", default["use"]) if default else None
        if default is None or entry is None:
            return {**OPEN, "required": ["use"]}
        core = self._core(NAMED_SECTIONS["optimizers"])
        changed = self._components.without_use(entry, core, default)
        return {**OPEN, "if": {**OPEN, "required": ["use"]}, "then": True, "else": changed}

    def _entry(self, kind: str, name: str) -> Entry | None:
        found = (entry for entry in self._components.entries(kind) if name in self._components.names(entry))
        return next(found, None)


def _closed(properties: Schema, required: list[str], patterns: Schema | None = None) -> Schema:
    more = {"patternProperties": patterns} if patterns else {}
    return {"properties": properties, **more, "required": required, "additionalProperties": False}


def _required(table: type[Table]) -> bool:
    return any(field.is_required() for field in table.model_fields.values())
