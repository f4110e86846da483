"""The JSON Schema of recipes and studies: their sections, and a method's demands on roles, data and optimizers.

One schema serves both: a file is a study if it has a table `[study]`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from ganforge.editor.components import OPEN, Components, Schema, choice, table_type
from ganforge.method import Method
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import KIND_OF_SECTION, NAME
from ganforge.recipe.schema import NAMED_SECTIONS, SECTIONS, Table
from ganforge.study.schema import SearchTable, StudyTable, VariantTable

NAMED: Schema = {"propertyNames": {"pattern": f"^({NAME.pattern})$"}}
# Forbids a section; unlike `false`, it makes editors mark the section and not the whole file.
NOTHING: Schema = {"not": {"description": "there is no such section"}}
# Two parts or more, with a dot between them; the seed and the name belong to the study.
CHANGE: Schema = {
    "propertyNames": {"pattern": r"^(?!\s*recipe\s*\.\s*(seed|name)\s*$)\s*[^.\s][^.]*(\.\s*[^.\s][^.]*)+$"}
}


def schema(registry: Registry) -> tuple[Schema, list[str]]:
    """Build the JSON Schema of recipes and studies, draft 7; imports every component.

    Args:
        registry: the installed components.

    Returns:
        The schema, and why components were left out of it.
    """
    components = Components(registry)
    recipe = _Recipe(components)
    sections = recipe.sections()
    study = _study(sections, components.definitions)
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ganforge recipe or study",
        "type": "object",
        "properties": {**sections, **study},
        **OPEN,
        "if": {**OPEN, "required": ["study"]},
        "then": {"properties": dict.fromkeys(study, True), "additionalProperties": NOTHING},
        "else": recipe.whole(sections),
        "definitions": components.definitions,
    }
    return whole, components.problems


def _study(recipe: Schema, definitions: Schema) -> Schema:
    """Return the sections of a study."""
    study, variant, search = (table_type(table, definitions) for table in (StudyTable, VariantTable, SearchTable))
    changes = {
        f"{section}.{key}": value
        for section in ("train", "evaluate")
        for key, value in recipe[section]["properties"].items()
    }
    for table in (study, variant):
        table["properties"]["set"] |= {"properties": changes, **CHANGE, **OPEN}
    search["properties"]["keys"] |= CHANGE
    return {
        "study": study,
        "variants": {"type": "object", **NAMED, "additionalProperties": variant},
        "search": search,
    }


class _Recipe:
    """Builds the sections of a recipe.

    Args:
        components: the installed components; definitions are added to it.
    """

    def __init__(self, components: Components) -> None:
        self._components = components
        self._definitions = components.definitions
        methods = ((entry, entry.load()) for entry in components.entries["method"])
        self._methods = [(entry, cls) for entry, cls in methods if inspect.isclass(cls) and issubclass(cls, Method)]
        components.entries["method"] = [entry for entry, _ in self._methods]
        self._kinds: dict[str, dict[str, None]] = {}
        """The kinds of network that methods want in each role."""
        for _, cls in self._methods:
            for role, network in cls.networks.items():
                self._kinds.setdefault(role, {})[network.kind] = None

    def sections(self) -> Schema:
        """Return every section by name, in the form that all methods share."""
        method = self._components.table("method", {}, "method")
        data = self._named("data")
        roles = dict.fromkeys([role for _, cls in self._methods for role in cls.data], data)
        own: Schema = {
            "data": {"properties": {**roles, "test": data}, "additionalProperties": data},
            "networks": {"properties": {role: self._role(role) for role in self._kinds}, **OPEN},
        }
        found = {name: table_type(table, self._definitions) for name, table in SECTIONS.items()}
        found["method"] = {**method, "description": "`[method]`: how networks are trained, and by what quantities."}
        for section, table in NAMED_SECTIONS.items():
            tables = own[section] if section in own else {"additionalProperties": self._named(section)}
            found[section] = {"type": "object", "description": inspect.getdoc(table), **NAMED, **tables}
        return found

    def whole(self, sections: Iterable[str]) -> Schema:
        """Return the demands on a file that is a recipe: these sections and no others, and those of its method."""
        needed = [
            name
            for name, table in SECTIONS.items()
            if any(field.is_required() for field in table.model_fields.values())
        ]
        branches = []
        for entry, cls in self._methods:
            use = {**OPEN, "properties": {"use": {"enum": self._components.names(entry)}}, "required": ["use"]}
            condition = {**OPEN, "properties": {"method": use}, "required": ["method"]}
            branches.append((condition, {**OPEN, **self._of_method(cls)}))
        return {
            "properties": dict.fromkeys(sections, True),
            "required": [*needed, "method"],
            "additionalProperties": NOTHING,
            **choice(branches),
        }

    def _named(self, section: str, kind: str | None = None) -> Schema:
        """Refer to a table of a section that holds tables by name; `kind` says which kind of network it is."""
        name = f"{section}-{kind}" if kind else section
        if name not in self._definitions:
            table, component = NAMED_SECTIONS[section], kind or KIND_OF_SECTION.get(section)
            if component is None:
                self._definitions[name] = table_type(table, self._definitions)
            else:
                core = self._core(table)
                # A judge without `use` is trained by a recipe; an optimizer without it changes the method's own.
                without = _closed({"use": True, **dict.fromkeys(core, True)}, []) if section == "judges" else {}
                optional = section in ("optimizers", "judges")
                whole = self._components.table(component, core, name, optional, without)
                self._definitions[name] = {"description": inspect.getdoc(table), **whole}
        return {"$ref": f"#/definitions/{name}"}

    def _core(self, table: type[Table]) -> Schema:
        """Return the core's keys of a table, without `use`; keys that name components refer to these."""
        keys: Schema = dict(table_type(table, self._definitions)["properties"])
        keys.pop("use", None)
        if "schedule" in keys:
            keys["schedule"] = {
                "description": keys["schedule"]["description"],
                **self._components.reference("scheduler"),
            }
        if "schedules" in keys:
            keys["schedules"]["additionalProperties"] = self._components.reference("scheduler")
        if "augment" in keys:
            keys["augment"]["items"] = self._components.reference("augmentation")
        return keys

    def _role(self, role: str) -> Schema:
        """Return the table of a role: of the kind that methods want, or of one of the kinds."""
        tables = [self._named("networks", kind) for kind in self._kinds[role]]
        return tables[0] if len(tables) == 1 else {"anyOf": tables}

    def _of_method(self, cls: type[Method]) -> Schema:
        """Return the demands of a method on the sections of its recipe."""
        networks = {
            role: True if len(self._kinds[role]) == 1 else self._named("networks", network.kind)
            for role, network in cls.networks.items()
        }
        needed = [role for role, network in cls.networks.items() if not network.optional]
        optimizers = {role: self._optimizer(cls.optimizers.get(role)) for role in cls.networks}
        data = _closed(dict.fromkeys(cls.data, True), list(cls.data))
        return {
            "properties": {
                "data": {**data, "patternProperties": {"^test": True}},
                "networks": _closed(networks, needed),
                "optimizers": _closed(optimizers, []),
            },
            "required": [name for name, wanted in (("data", cls.data), ("networks", needed)) if wanted],
        }

    def _optimizer(self, default: Mapping[str, Any] | None) -> Schema:
        """Return an optimizer's table; without `use`, it changes options of the method's default optimizer."""
        for entry in self._components.entries["optimizer"]:
            if default is not None and default["use"] in self._components.names(entry):
                changed = self._components.branch(entry, self._core(NAMED_SECTIONS["optimizers"]), {})
                changed["required"] = [name for name in changed["required"] if name not in default]
                return {**OPEN, "if": {**OPEN, "required": ["use"]}, "then": True, "else": changed}
        return {**OPEN, "required": ["use"]}


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {"properties": properties, "required": required, "additionalProperties": False}
