"""Tables of a document checked against their models: every mistake with its line and its fix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import pydantic

from ganforge.errors import Problem
from ganforge.options.complaints import Complaint, complaints
from ganforge.recipe.document import Document, Key, dotted
from ganforge.recipe.schema import NAMED_SECTIONS, NESTED_TABLES, SECTIONS, Table
from ganforge.suggest import suggest

COMMAND_LINE = ("device", "threads", "runs", "cache", "out")
"""Options of the command line that may be sought in a recipe."""

T = TypeVar("T", bound=Table)


class TableChecker:
    """A check of the tables of a document that gathers every mistake in `problems`."""

    nested: ClassVar[Mapping[str, type[Table]]] = NESTED_TABLES
    """Tables within tables, by their names in pydantic's errors."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def _table(self, key: Key, kind: type[T], table: Any, names_component: bool = False) -> T | None:
        """Return the core's keys of a table, or None; mistakes in `use` are ignored if it names a component."""
        table = self._dict(key, table)
        try:
            return kind.model_validate_json(json.dumps(table, default=str), strict=True)
        except pydantic.ValidationError as error:
            for complaint in complaints(error, table):
                if not (names_component and complaint.path == ("use",)):
                    self._complain(key, kind, complaint)
            return None

    def _complain(self, key: Key, kind: type[Table], complaint: Complaint) -> None:
        """Turn a complaint of one of the core's keys into a problem."""
        path = (*key, *complaint.path)
        tables = [kind, *(self.nested[model] for model in complaint.models if model in self.nested)]
        if complaint.kind == "unknown":
            self._unknown(path, f"there is no key {dotted(path)}", list(tables[-1].model_fields))
            return
        fields = {name: field for table in tables for name, field in table.model_fields.items()}
        field = next((fields[part] for part in complaint.path[::-1] if part in fields), None)
        what = "is missing" if complaint.kind == "missing" else complaint.message
        self._problem(path, f"{dotted(path)} {what}", field.description if field else None)

    def _dict(self, key: Key, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._problem(key, f"{dotted(key)} is a value, not a table", f"write [{dotted(key)}]")
        return {}

    def _recipe_key(self, key: Key, name: str, value: Any) -> Key | None:
        """Return the key that a name among changes means, such as `losses.constancy.weight`; None if it is not one."""
        parts = tuple(part.strip() for part in name.split("."))
        if len(parts) > 1 and all(parts):
            return parts
        meant = name
        while isinstance(value, dict) and value:
            inner, value = next(iter(value.items()))
            meant = f"{meant}.{inner}"
        self._problem((*key, name), f"{name!r} is no key of a recipe", f'write "{meant}" in quotes')
        return None

    def _unknown(self, key: Key, message: str, known: list[str]) -> None:
        name = key[-1]
        fix = suggest(name, known, cutoff=0.8) or _elsewhere(name) or suggest(name, known, cutoff=0.65)
        self._problem(key, message, fix or f"known: {', '.join(sorted(known)) or 'none'}")

    def _problem(self, key: Key, message: str, fix: str | None) -> None:
        self.problems.append(Problem(dotted(key), message, self.document.where(key), fix))


def _elsewhere(name: str) -> str | None:
    """Return where a key belongs that is none of its table's, or None if no table of the core has it."""
    if name in COMMAND_LINE:
        return f"a recipe says nothing of the machine: --{name} on the command line"
    if name in ("lr", "learning_rate"):
        return "it belongs in [optimizers.ROLE], as lr"
    tables = [f"[{section}]" for section, kind in SECTIONS.items() if name in kind.model_fields]
    tables += [f"[{section}.NAME]" for section, kind in NAMED_SECTIONS.items() if name in kind.model_fields]
    return f"it belongs in {' or '.join(tables)}" if tables else None


def by_line(problem: Problem) -> tuple[str, int]:
    """Sort key for problems: file, then line."""
    file, _, line = (problem.where or "").rpartition(":")
    return (file, int(line)) if line.isdigit() else (problem.where or "", 0)
