"""Defaults that a method supplies: phases, optimizers, metrics, and the preparation of test images."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ganforge.method import Method

SHARED = ("resize", "fit", "channels", "normalize")


def with_defaults(
    section: str, tables: dict[str, Any], method: type[Method], updated: Collection[str]
) -> dict[str, Any]:
    """Return a section's unchecked tables with those that the method supplies; `updated` roles have a phase."""
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
        given = {name: table for name, table in tables.items() if isinstance(table, dict)}
        pairs = {role: {"paired_with": one.paired_with} for role, one in method.data.items() if one.paired_with}
        given = {name: pairs.get(name, {}) | table for name, table in given.items()}
        tests = {name: table for name, table in given.items() if name.startswith("test")}
        return tables | given | {name: _test_defaults(name, given, method) | table for name, table in tests.items()}
    return tables


def _test_defaults(test: str, tables: dict[str, dict[str, Any]], method: type[Method]) -> dict[str, Any]:
    """Return the preparation that a table of test images shares with its role, and the table it is paired with.

    Beside [data.test], [data.test-ROLE] stands for a role that is paired with the input.
    """
    images, role = method.image_input(), method.pictures_like if test == method.held_out() else method.image_input()
    leaders = {name: table.get("paired_with", name) for name, table in tables.items()}
    partner = {}
    for other in [role for role in method.data if role in leaders and role != images]:
        leader = test.removesuffix(f"-{other}")
        if leader != test and leader in tables and images in leaders and leaders[other] == leaders[images]:
            role, partner = other, {"paired_with": leader}
    base = tables.get(role or "", {})
    return partner | {key: base[key] for key in SHARED if key in base}
