"""From a document to a checked recipe: every mistake at once, each with its line and what to do."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from ganforge.errors import PluginError, Problem, RecipeError
from ganforge.method import Method
from ganforge.plugins.registry import Registry
from ganforge.recipe.document import Document, Key, read
from ganforge.recipe.recipe import FACTS, Part, Recipe, Use, recipe_weights
from ganforge.recipe.schema import NAMED_SECTIONS, SECTIONS, Table

T = TypeVar("T", bound=Table)
KIND_OF_SECTION = {"data": "dataset", "losses": "loss", "optimizers": "optimizer", "metrics": "metric"}


def check(document: Document, registry: Registry, parents: tuple[Path, ...] = ()) -> Recipe:
    """Check a document against the core's tables and the signatures of the components that it names.

    Args:
        document: the recipe.
        registry: the installed components.
        parents: the files that led here, to find circles.

    Raises:
        RecipeError: with every problem found, in this recipe and those that it builds on.
    """
    return _Checker(document, registry, parents).recipe()


def load(path: Path, registry: Registry, overrides: Iterable[str] = ()) -> Recipe:
    """Read, override and check a recipe file.

    Raises:
        RecipeError: with every problem found.
    """
    return check(read(path).override(overrides), registry)


def standalone(kind: str, name: str, assignments: Iterable[str], registry: Registry) -> tuple[Use, Document]:
    """A component outside any recipe, with options as typed on the command line.

    Raises:
        RecipeError: there is no such component, or its options are wrong.
    """
    document = Document(Path("command line"), {"use": name}).override(assignments)
    checker = _Checker(document, registry, ())
    use = checker.use((), kind, document.data, set())
    if use is None or checker.problems:
        raise RecipeError(checker.problems)
    return use, document


class _Checker:
    def __init__(self, document: Document, registry: Registry, parents: tuple[Path, ...]) -> None:
        self.document = document
        self.registry = registry
        self.parents = (*parents, document.path.resolve())
        self.problems: list[Problem] = []
        self.children: dict[Key, Recipe] = {}

    def recipe(self) -> Recipe:
        data = self.document.data
        for section in data:
            if section not in (*SECTIONS, *NAMED_SECTIONS, "method"):
                self._unknown((section,), section, [*SECTIONS, *NAMED_SECTIONS, "method"], "section")
        plain = {name: self._table((name,), kind, data.get(name, {})) for name, kind in SECTIONS.items()}
        method = self.use(("method",), "method", data.get("method", {}), set())
        cls: type[Method] | None = method.entry.load() if method else None
        parts: dict[str, Any] = {}
        for section in NAMED_SECTIONS:
            tables = self._dict((section,), data.get(section, {}))
            if cls is not None:
                tables = self._with_defaults(section, tables, cls)
                self._check_names(section, tables, cls)
            parts[section] = {
                name: part for name, table in tables.items() if (part := self._part(section, name, table, cls))
            }
        for name, part in parts["networks"].items():
            self._child(("networks", name), recipe_weights(part))
        for name, part in parts["judges"].items():
            self._child(("judges", name), part.table.recipe)
        if self.problems or method is None or cls is None or None in plain.values():
            raise RecipeError(sorted(self.problems, key=_line))
        return Recipe(document=self.document, method=method, method_class=cls, children=self.children, **plain, **parts)  # type: ignore[arg-type]

    # -- sections ------------------------------------------------------------------------------------------------

    def _with_defaults(self, section: str, tables: dict[str, Any], cls: type[Method]) -> dict[str, Any]:
        """Fill in the method's phases and metrics where the recipe has none, and optimizers role by role."""
        defaults: Mapping[str, Any] = (
            getattr(cls, section, {}) if section in ("phases", "optimizers", "metrics") else {}
        )
        if section == "optimizers":
            return {**{role: dict(table) for role, table in defaults.items() if role not in tables}, **tables}
        if section == "data":
            # Test images reach the networks as the images do whose place they take, unless the recipe says otherwise.
            base = tables.get(cls.input, {})
            inherited = {key: base[key] for key in ("resize", "channels", "normalize") if key in base}
            return {
                name: {**inherited, **table} if name.startswith("test") and isinstance(table, dict) else table
                for name, table in tables.items()
            }
        return tables or {name: dict(table) for name, table in defaults.items()}

    def _check_names(self, section: str, tables: Mapping[str, Any], cls: type[Method]) -> None:
        """Roles must be the method's; those that it needs must be there."""
        if section not in ("data", "networks", "optimizers"):
            return
        roles: Mapping[str, Any] = cls.data if section == "data" else cls.networks
        for name in tables:
            if name not in roles and not (section == "data" and name.startswith("test")):
                self._unknown((section, name), name, [*roles, *(["test"] if section == "data" else [])], "role")
        if section != "optimizers":
            for name, role in roles.items():
                if name not in tables and not getattr(role, "optional", False):
                    self._problem((section,), f"[{section}.{name}] is missing: {role.doc}", "add the table")

    def _part(self, section: str, name: str, table: Any, cls: type[Method] | None) -> Part[Any] | None:
        key = (section, name)
        kind = NAMED_SECTIONS[section]
        table = self._dict(key, table)
        component = KIND_OF_SECTION.get(section)
        if section == "networks" and cls is not None and name in cls.networks:
            component = cls.networks[name].kind
        core = {field: value for field, value in table.items() if field in kind.model_fields}
        if component is None:
            checked = self._table(key, kind, table)
            return Part(key, checked) if checked else None
        use = self.use(key, component, table, set(kind.model_fields) - {"use"})
        checked = self._table(key, kind, core)
        if use is None or checked is None:
            return None
        schedule = core.get("schedule")
        augment = core.get("augment", [])
        uses = [self._nested((*key, "augment"), "augmentation", value) for value in augment]
        return Part(
            key,
            checked,
            use,
            self._nested((*key, "schedule"), "scheduler", schedule) if schedule is not None else None,
            tuple(found for found in uses if found),
        )

    def _child(self, key: Key, file: str | None) -> None:
        if file is None:
            return
        path = self.document.path.parent / file
        leaf = (*key, "weights", "recipe") if key[0] == "networks" else (*key, "recipe")
        if path.resolve() in self.parents:
            self._problem(leaf, f"recipe {file!r} builds on itself", "break the circle")
            return
        try:
            self.children[key] = check(read(path), self.registry, self.parents)
        except RecipeError as error:
            if not path.exists():
                self._problem(leaf, f"there is no recipe {file!r}", f"paths are relative to {self.document.path}")
            self.problems.extend(error.problems if path.exists() else [])

    # -- tables and components -----------------------------------------------------------------------------------

    def _table(self, key: Key, kind: type[T], table: Any) -> T | None:
        table = self._dict(key, table)
        try:
            return kind.model_validate_json(json.dumps(table, default=str), strict=True)
        except pydantic.ValidationError as error:
            for detail in error.errors():
                location = tuple(str(part) for part in detail["loc"])
                path = (*key, *(part for part in location if part != "list[ComponentRef]"))
                if detail["type"] == "missing":
                    self._problem(key, f"{'.'.join(path)} is missing", kind.model_fields[location[0]].description)
                elif detail["type"] == "extra_forbidden":
                    self._unknown(path, location[-1], list(kind.model_fields), "key")
                else:
                    fix = kind.model_fields[location[0]].description if location[0] in kind.model_fields else None
                    value = json.dumps(detail["input"], default=str)
                    self._problem(path, f"{'.'.join(path[: len(key) + 1])}: {_lower(detail['msg'])}, not {value}", fix)
            return None

    def use(self, key: Key, kind: str, table: Any, core: set[str]) -> Use | None:
        """The component that a table names, with the options that are not the core's keys."""
        table = self._dict(key, table)
        name = table.get("use")
        if not isinstance(name, str):
            if core == set() or "use" in table:
                what = "is missing" if name is None else f"is not a name: {json.dumps(name, default=str)}"
                self._problem((*key, "use") if "use" in table else key, f"{'.'.join(key)}.use {what}", f"name a {kind}")
            else:
                self._problem(key, f"{'.'.join(key)}.use is missing", f"name a {kind}: `ganforge list {kind}`")
            return None
        try:
            entry = self.registry.get(kind, name)
            schema = entry.schema
        except PluginError as error:
            self._problem((*key, "use"), error.message, error.fix)
            return None
        options = {option: value for option, value in table.items() if option != "use" and option not in core}
        known = [option.name for option in schema.options]
        for option in options:
            if option not in known:
                self._unknown((*key, option), option, [*known, *core, "use"], f"option of {entry.name!r}")
        values, complaints = schema.validate(options)
        for option, message in complaints:
            doc = next((part.doc for part in schema.options if part.name == option), "")
            self._problem((*key, option), f"{'.'.join((*key, option))}: {message}", doc or None)
        for part in schema.options:
            given = values.get(part.name, None if part.required else part.default)
            if part.required and part.name not in options and part.name not in FACTS:
                self._problem(
                    key, f"{'.'.join(key)} needs the option {part.name!r} of {entry.name!r}", part.doc or None
                )
            elif part.nested and given is not None and part.name not in {name for name, _ in complaints}:
                listed = given if part.many else [given]
                nested = [use for item in listed if (use := self._nested((*key, part.name), part.nested, item))]
                if nested or part.many:
                    values[part.name] = nested if part.many else nested[0]
        return Use(entry, values, key)

    def _nested(self, key: Key, kind: str, value: Any) -> Use | None:
        return self.use(key, kind, {"use": value} if isinstance(value, str) else value, set())

    # -- problems ------------------------------------------------------------------------------------------------

    def _dict(self, key: Key, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._problem(key, f"{'.'.join(key)} is a value, not a table", f"write [{'.'.join(key)}]")
        return {}

    def _unknown(self, key: Key, name: str, known: list[str], what: str) -> None:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        fix = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
        self._problem(key, f"unknown {what} {name!r}", fix)

    def _problem(self, key: Key, message: str, fix: str | None) -> None:
        self.problems.append(Problem(".".join(key), message, self.document.where(key), fix))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _line(problem: Problem) -> tuple[str, int]:
    file, _, line = (problem.where or "").rpartition(":")
    return file, int(line) if line.isdigit() else 0
