"""A study as JSON Schema, and the whole: one schema for both, as a file is a study just if it has a table `[study]`."""

from __future__ import annotations

from typing import Any

from ganforge.editor.components import OPEN, Components
from ganforge.editor.recipe import NAMED, NOTHING, RecipeSchema
from ganforge.editor.types import Schema, table_type
from ganforge.plugins.registry import Registry
from ganforge.study.schema import SearchTable, StudyTable, VariantTable

# Two parts or more, with a dot between them; the seed and the name are the study's own.
CHANGE = r"^(?!\s*recipe\s*\.\s*(seed|name)\s*$)\s*[^.\s][^.]*(\.\s*[^.\s][^.]*)+$"


def schema(registry: Registry) -> tuple[Schema, list[str]]:
    """The JSON Schema of recipes and studies, draft 7; imports every component.

    Args:
        registry: the installed components.

    Returns:
        The schema, and why components were left out of it.
    """
    components = Components(registry)
    recipe = RecipeSchema(components)
    sections = recipe.sections()
    study = _sections(sections, components.definitions)
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


def _sections(recipe: Schema, definitions: Schema) -> Schema:
    """The sections of a study."""
    changes = {
        "properties": {
            f"{section}.{key}": value
            for section in ("train", "evaluate")
            for key, value in recipe[section]["properties"].items()
        },
        "propertyNames": {"pattern": CHANGE},
        **OPEN,
    }
    study, variant = table_type(StudyTable, definitions), table_type(VariantTable, definitions)
    search = table_type(SearchTable, definitions)
    for table in (study, variant):
        table["properties"]["set"] |= changes
    search["properties"]["keys"] |= {"propertyNames": {"pattern": CHANGE}}
    variants: dict[str, Any] = {"type": "object", **NAMED, "additionalProperties": variant}
    return {"study": study, "variants": variants, "search": search}
