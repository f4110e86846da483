"""The tables of a recipe, from the core's models of them."""

from __future__ import annotations

import typing
from typing import Any

from pydantic import BaseModel

from ganforge.options.type_name import type_name
from ganforge.recipe import schema
from writers.markdown import first_line, literal, page, table


def recipe() -> str:
    """Every table of a recipe with its keys."""
    lines = [
        "A recipe is a TOML file of these tables; [../recipes.md](../recipes.md) explains them. A table that names"
    ]
    lines += ["a component with `use` also holds the component's options, which [components.md](components.md) lists."]
    lines += ["", "`[method]` holds `use`, a method component, and its options.", ""]
    for cls in {**schema.SECTIONS, **schema.NAMED_SECTIONS}.values():
        lines += recipe_table(cls, "##")
    lines += ["## Values that are tables", ""]
    for cls in (schema.Standardize, schema.RecipeWeights, schema.FileWeights):
        lines += recipe_table(cls, "###")
    cosmetic = ", ".join(f"`{section}.{key}`" for section, key in sorted(schema.COSMETIC))
    lines += ["## What does not change a recipe's identity", "", f"{cosmetic}.", ""]
    return page("Recipe tables", lines)


def recipe_table(cls: type[BaseModel], level: str) -> list[str]:
    """Write the section of one table: its docstring gives its syntax and purpose."""
    head, _, rest = first_line(cls).rpartition("`: ") if "`: " in first_line(cls) else first_line(cls).partition("`, ")
    hints = typing.get_type_hints(cls, include_extras=True)
    rows = []
    for name, field in cls.model_fields.items():
        default = "required" if field.is_required() else "unset" if field.default is None else literal(field.default)
        rows.append((f"`{name}`", f"`{shown(hints[name])}`", default, field.description or ""))
    lines = [f"{level} {head}`", "", f"{rest[:1].upper()}{rest[1:]}", ""]
    return lines + table(("key", "type", "default", "meaning"), rows)


def shown(annotation: Any) -> str:
    """Write a type in the reader's terms; a component is a name, or a table with `use` and options."""
    return type_name(annotation).replace(type_name(schema.ComponentRef), "component").replace(" | none", "")
