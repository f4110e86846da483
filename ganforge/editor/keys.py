"""The keys of a recipe that `--set` may change, and the values that a key may have, read from the schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
STUDY = ("study", "variants", "search")
BARE = re.compile(r"[A-Za-z0-9_-]+")


def keys(recipe: Mapping[str, Any], schema: Schema) -> dict[str, Schema]:
    """Dotted keys of a recipe, there already or not, with their schemas.

    Args:
        recipe: the recipe as it stands, with or without mistakes.
        schema: what `ganforge.editor.study.schema` gives.
    """
    return _Walk(schema).keys(recipe)


def values(key: Schema, schema: Schema) -> list[str]:
    """What a key may be set to, where there is a choice: words, numbers, true or false, names of components."""
    return _Walk(schema).values(key)


class _Walk:
    """Follows references within a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def keys(self, recipe: Mapping[str, Any]) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for section, schema in self._schema["properties"].items():
            if section in STUDY:
                continue
            tables = _dict(recipe.get(section))
            if "propertyNames" not in schema:  # its tables have no names: it is one itself
                found |= self._of_table((section,), tables, schema)
                continue
            names = [*tables, *(_dict(recipe.get("networks")) if section == "optimizers" else ())]
            for name in dict.fromkeys(filter(BARE.fullmatch, names)):
                table = schema.get("properties", {}).get(name, schema["additionalProperties"])
                found |= self._of_table((section, name), _dict(tables.get(name)), table)
        return found

    def _of_table(self, key: tuple[str, ...], table: Mapping[str, Any], schema: Any) -> dict[str, Schema]:
        schema = self._followed(schema)
        properties = schema.get("properties", {})
        admitted = self._branch(schema, table.get("use")).get("properties", properties)
        return {".".join((*key, name)): self._followed(properties.get(name, {})) for name in admitted}

    def _branch(self, schema: Schema, use: Any) -> Schema:
        """What a table admits beside this `use`."""
        while "if" in schema:
            if use in schema["if"]["properties"]["use"]["enum"]:
                return self._followed(schema["then"])
            schema = schema.get("else", {})
        return schema

    def values(self, key: Schema) -> list[str]:
        key = self._followed(key)
        if key.get("type") == "boolean":
            return ["true", "false"]
        found = [str(value) for value in key.get("enum", [])]
        for choice in [*key.get("anyOf", []), *key.get("oneOf", [])]:
            found += self.values(choice)
        return list(dict.fromkeys(found))

    def _followed(self, schema: Any) -> Schema:
        """A schema, or what it refers to under its own description."""
        if not isinstance(schema, dict):
            return {}
        if "$ref" not in schema:
            return schema
        target = self._schema["definitions"][schema["$ref"].removeprefix("#/definitions/")]
        return {**self._followed(target), **{name: value for name, value in schema.items() if name != "$ref"}}


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
