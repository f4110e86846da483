"""The keys of a recipe that `--set` may change, and the values that a key may have, read from the schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
STUDY = ("study", "variants", "search")
BARE = re.compile(r"[A-Za-z0-9_-]+")


def keys(recipe: Mapping[str, Any], schema: Schema) -> dict[str, Schema]:
    """Return the dotted keys that a recipe has or may have, with their schemas.

    Args:
        recipe: the recipe as it stands, with or without mistakes.
        schema: the result of `ganforge.editor.schema.schema`.
    """
    found: dict[str, Schema] = {}
    for section, part in schema["properties"].items():
        if section in STUDY:
            continue
        tables = _dict(recipe.get(section))
        if "propertyNames" not in part:  # the section is one table
            found |= _of_table(section, tables, part, schema)
            continue
        names = [*tables, *(_dict(recipe.get("networks")) if section == "optimizers" else ())]
        for name in dict.fromkeys(filter(BARE.fullmatch, names)):
            table = part.get("properties", {}).get(name, part["additionalProperties"])
            found |= _of_table(f"{section}.{name}", _dict(tables.get(name)), table, schema)
    return found


def values(key: Schema, schema: Schema) -> list[str]:
    """Return the choices for a key, if it has any: words, numbers, true or false, names of components."""
    key = _followed(key, schema)
    if key.get("type") == "boolean":
        return ["true", "false"]
    found = [str(value) for value in key.get("enum", [])]
    for choice in [*key.get("anyOf", []), *key.get("oneOf", [])]:
        found += values(choice, schema)
    return list(dict.fromkeys(found))


def _of_table(key: str, table: Mapping[str, Any], part: Any, schema: Schema) -> dict[str, Schema]:
    part = _followed(part, schema)
    properties = part.get("properties", {})
    branch = part
    while "if" in branch:
        if table.get("use") in branch["if"]["properties"]["use"]["enum"]:
            branch = _followed(branch["then"], schema)
            break
        branch = branch.get("else", {})
    admitted = branch.get("properties", properties)
    return {f"{key}.{name}": _followed(properties.get(name, {}), schema) for name in admitted}


def _followed(part: Any, schema: Schema) -> Schema:
    """Return a part of the schema, with its reference replaced by the definition."""
    if not isinstance(part, dict):
        return {}
    if "$ref" not in part:
        return part
    target = schema["definitions"][part["$ref"].removeprefix("#/definitions/")]
    return {**_followed(target, schema), **{name: value for name, value in part.items() if name != "$ref"}}


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
