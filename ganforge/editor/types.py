"""Types as JSON Schema of draft 7, the newest that TOML editors check by, without null, which TOML does not have."""

from __future__ import annotations

from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ganforge.options.schema import Option
from ganforge.recipe.schema import Table

Schema = dict[str, Any]
_REFERENCE = "#/definitions/{model}"


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
        if "prefixItems" in found:
            rest = found.pop("items", None)
            found["items"] = found.pop("prefixItems")
            found |= {} if rest is None else {"additionalItems": rest}
        return found


def table_type(table: type[Table], definitions: Schema) -> Schema:
    """One of the core's tables; the tables within it are added to `definitions`."""
    found = table.model_json_schema(ref_template=_REFERENCE, schema_generator=_Draft7)
    definitions |= found.pop("$defs", {})
    return found


def option_type(option: Option, definitions: Schema) -> Schema:
    """The type of an option that is no component: anything, where JSON Schema cannot say what.

    Args:
        option: the option.
        definitions: the tables within it are added here.
    """
    config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    model = pydantic.create_model("Option", __config__=config, value=(option.annotation, ...))
    try:
        found = model.model_json_schema(ref_template=_REFERENCE, schema_generator=_Draft7)
    except pydantic.PydanticUserError:
        return {}
    definitions |= found.get("$defs", {})
    value: Schema = found["properties"]["value"]
    return value
