"""Defaults that a method supplies: phases, optimizers, metrics, and the preparation of test images."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ganforge.method import Method

SHARED = ("resize", "channels", "normalize")


def with_defaults(
    section: str, tables: dict[str, Any], method: type[Method], updated: Collection[str]
) -> dict[str, Any]:
    """A section's tables with those that its method supplies.

    Args:
        section: such as `optimizers`.
        tables: as the recipe has them, unchecked.
        method: the recipe's method.
        updated: the roles that some phase updates.
    """
    if section in ("phases", "metrics"):
        return tables or {name: dict(table) for name, table in getattr(method, section).items()}
    if section == "optimizers":
        defaults = {role: dict(table) for role, table in method.optimizers.items() if role in updated}
        # A table that does not choose an optimizer changes the default one's options.
        changed = {
            role: defaults[role] | table
            for role, table in tables.items()
            if role in defaults and isinstance(table, dict) and "use" not in table
        }
        return defaults | tables | changed
    if section == "data":
        tests = {name: table for name, table in tables.items() if name.startswith("test") and isinstance(table, dict)}
        return tables | {name: _shared(name, tables, method) | table for name, table in tests.items()}
    return tables


def _shared(test: str, tables: dict[str, Any], method: type[Method]) -> dict[str, Any]:
    """Test images are prepared as those are that they stand beside, unless the recipe says otherwise."""
    role = method.pictures_like if test == method.held_out() else method.image_input()
    base = tables.get(role or "")
    return {key: base[key] for key in SHARED if key in base} if isinstance(base, dict) else {}
