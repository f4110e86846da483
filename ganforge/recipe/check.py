"""Check a recipe: every mistake at once, each with its line and its fix."""

from __future__ import annotations

import inspect
import json
import os
import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ganforge.errors import PluginError, Problem, RecipeError, RenamedWarning, os_errors_as
from ganforge.method import Method, Role
from ganforge.options.marks import FACTS
from ganforge.options.schema import Option
from ganforge.plugins.entry import Entry
from ganforge.plugins.registry import Registry
from ganforge.recipe.augmentation import AMOUNTS, takes_at_call
from ganforge.recipe.consistency import contradictions
from ganforge.recipe.defaults import with_defaults
from ganforge.recipe.document import Document, Key, dotted, read_document
from ganforge.recipe.recipe import CheckedTable, ChosenComponent, ComponentTable, Recipe
from ganforge.recipe.schema import NAMED_SECTIONS, SECTIONS, FileWeights, JudgeTable, NetworkTable, RecipeWeights
from ganforge.recipe.tables import TableChecker, by_line
from ganforge.regular_file import require_regular

KIND_OF_SECTION = {
    "data": "dataset",
    "losses": "loss",
    "optimizers": "optimizer",
    "metrics": "metric",
    "judges": "encoder",
}
# Names of tables become names of terms (`loss.term`), of metrics (`metric/part`) and of files.
NAME = re.compile(r"[A-Za-z0-9_-]+")


def check_document(document: Document, registry: Registry, parents: tuple[Path, ...] = ()) -> Recipe:
    """Check a document against the core's tables and the signatures of the components that it names.

    Args:
        document: the recipe.
        registry: the installed components.
        parents: the recipes that build on this one, to find circles.

    Raises:
        RecipeError: with every problem found, in this recipe and those that it builds on, by file and line.
    """
    checker = _Checker(document, registry, parents)
    recipe = checker.recipe()
    problems = [*checker.problems, *(contradictions(recipe) if recipe else [])]
    if recipe is None or problems:
        raise RecipeError(sorted(dict.fromkeys(problems), key=by_line))
    return recipe


def read_recipe(path: Path, registry: Registry, overrides: Iterable[str] = ()) -> Recipe:
    """Read, override and check a recipe file.

    Raises:
        RecipeError: with every problem found.
    """
    return check_document(read_document(path).override(overrides), registry)


def read_stored_recipe(path: Path, registry: Registry, overrides: Iterable[str] = ()) -> Recipe:
    """Read the recipe stored in a run, without warnings of names that have changed since.

    Raises:
        RecipeError: with every problem found.
    """
    if path.exists():
        with os_errors_as(RecipeError, f"{path} cannot be read", fix="put the file itself there"):
            require_regular(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RenamedWarning)
        return read_recipe(path, registry, overrides)


def check_component(
    kind: str,
    name: str,
    assignments: Iterable[str],
    registry: Registry,
    options: Mapping[str, Any] | None = None,
    place: str = "command line",
) -> tuple[ChosenComponent, Document]:
    """Check a component outside any recipe, and return it with its options as a document.

    Args:
        kind: the kind of the component.
        name: the name of the component.
        assignments: options as typed on the command line.
        registry: the installed components.
        options: further options, as in a table of a recipe.
        place: the origin of the options, for messages.

    Raises:
        RecipeError: there is no such component, or its options are wrong.
    """
    document = Document(Path(place), {"use": name, **(options or {})}).override(assignments)
    checker = _Checker(document, registry, ())
    use = checker.use((), kind, document.data)
    if use is None or checker.problems:
        raise RecipeError(checker.problems)
    return use, document


class _Checker(TableChecker):
    def __init__(self, document: Document, registry: Registry, parents: tuple[Path, ...]) -> None:
        super().__init__(document)
        self.registry = registry
        self.parents = (*parents, document.path.resolve())
        self.children: dict[Key, Recipe] = {}

    def recipe(self) -> Recipe | None:
        """Return the recipe, or None if it has `problems`."""
        data = self.document.data
        sections = [*SECTIONS, *NAMED_SECTIONS, "method"]
        for section in data:
            if section not in sections:
                self._unknown((section,), f"there is no section [{dotted([section])}]", sections)
        plain = {name: self._table((name,), kind, data.get(name, {})) for name, kind in SECTIONS.items()}
        method = self.use(("method",), "method", data.get("method", {}))
        cls = self._method_class(method) if method else None
        parts: dict[str, Any] = {}
        for section in NAMED_SECTIONS:
            tables = self._dict((section,), data.get(section, {}))
            if cls is not None:
                updated = {role for phase in parts.get("phases", {}).values() for role in phase.table.roles}
                tables = with_defaults(section, tables, cls, updated)
                self._check_roles(section, tables, cls)
            checked = {name: self._part((section, name), table, cls) for name, table in tables.items()}
            parts[section] = {name: part for name, part in checked.items() if part}
        for part in (*parts["networks"].values(), *parts["judges"].values()):
            if isinstance(part.table.weights, RecipeWeights):
                self._child((*part.key, "weights", "recipe"), part.table.weights.recipe, part.table.weights.set)
            if getattr(part.table, "recipe", None) is not None:
                self._child((*part.key, "recipe"), part.table.recipe, {})
        if self.problems or method is None or cls is None:
            return None
        return Recipe(document=self.document, method=method, method_class=cls, children=self.children, **plain, **parts)  # type: ignore[arg-type]

    # -- sections ------------------------------------------------------------------------------------------------

    def _method_class(self, method: ChosenComponent) -> type[Method] | None:
        cls = method.entry.load()
        if inspect.isclass(cls) and issubclass(cls, Method):
            return cls
        what = f"{method.entry.name!r} of {method.entry.origin} is no ganforge Method"
        self._problem(("method", "use"), what, "report it to its author")
        return None

    def _check_roles(self, section: str, tables: Mapping[str, Any], cls: type[Method]) -> None:
        """Check that roles are the method's, and that those that it needs are there."""
        if section not in ("data", "networks", "optimizers"):
            return
        roles: Mapping[str, Any] = cls.data if section == "data" else cls.networks
        for name in tables:
            if name not in roles and not (section == "data" and name.startswith("test")):
                what = f"the method has no role {name!r} for [{dotted([section, name])}]"
                self._unknown((section, name), what, [*roles, *(["test"] if section == "data" else [])])
        if section != "optimizers":
            for name, role in roles.items():
                if name not in tables and not getattr(role, "optional", False):
                    self._problem((section,), f"[{section}.{name}] is missing: {role.doc}", "add the table")

    def _part(self, key: Key, table: Any, cls: type[Method] | None) -> CheckedTable[Any] | None:
        section, name = key
        if not NAME.fullmatch(name):
            self._problem(key, f"{name!r} cannot name a table", "use letters, digits, - and _")
            return None
        kind = NAMED_SECTIONS[section]
        table = self._dict(key, table)
        component = KIND_OF_SECTION.get(section)
        role = cls.networks.get(name) if cls is not None and section == "networks" else None
        if section == "networks":
            component = role.kind if role else None
        elif section == "judges" and "use" not in table:
            component = None
            if "recipe" not in table:
                fix = "the recipe that trains it; or `use` and `weights`, for a network that there is already"
                self._problem((*key, "recipe"), f"{dotted(key)}.recipe is missing", fix)
        if component is None and section != "networks":
            checked = self._table(key, kind, table)
            return CheckedTable(key, checked) if checked else None
        core = {field: value for field, value in table.items() if field in kind.model_fields}
        use = self.use(key, component, table, set(kind.model_fields) - {"use"}) if component else None
        checked = self._table(key, kind, core, names_component=True)
        schedule = self._nested((*key, "schedule"), "scheduler", core.get("schedule"))
        given = core.get("schedules")
        named = given.items() if isinstance(given, dict) else ()
        schedules = {name: self._nested((*key, "schedules", name), "scheduler", value) for name, value in named}
        augment = self._nested_list((*key, "augment"), "augmentation", core.get("augment"))
        if use is None or checked is None:
            return None
        if isinstance(checked, NetworkTable | JudgeTable) and checked.weights is None:
            checked = _with_own_weights(checked, use, cls.networks.get(name) if cls else None)
        found = {name: scheduler for name, scheduler in schedules.items() if scheduler}
        return ComponentTable(key, checked, use, schedule, found, tuple(augment))

    def _child(self, key: Key, file: str, changes: Mapping[str, Any]) -> None:
        """Check a recipe that this one names, with what this one changes in it."""
        path = self.document.path.parent / file
        if not os.path.isfile(path):
            self._problem(key, f"there is no recipe {file!r}", f"paths are relative to {self.document.path}")
        elif path.resolve() in self.parents:
            self._problem(key, f"the recipe {file!r} builds on itself", "break the circle")
        else:
            table = (*key[:-1], "set")
            values = [
                (meant, value, self.document.where((*table, name)))
                for name, value in changes.items()
                if (meant := self._recipe_key(table, name, value))
            ]
            try:
                child = read_document(path).replace(values)
                self.children[key[:2]] = check_document(child, self.registry, self.parents)
            except RecipeError as error:
                self.problems.extend(error.problems)

    # -- tables and components -----------------------------------------------------------------------------------

    def use(self, key: Key, kind: str, table: Any, core: Collection[str] = ()) -> ChosenComponent | None:
        """Return the component that a table names, with the options that are not among the core's keys."""
        table = self._dict(key, table)
        name = table.get("use")
        if not isinstance(name, str):
            what = f"must be a name, not {json.dumps(name, default=str)}" if "use" in table else "is missing"
            fix = f"name a {kind}: `ganforge list {kind}`"
            self._problem((*key, "use"), f"{dotted((*key, 'use'))} {what}", fix)
            return None
        try:
            entry = self.registry.get(kind, name)
            schema = entry.schema
        except PluginError as error:
            self._problem((*key, "use"), error.message, error.fix)
            return None
        if not entry.goes_by(name):
            self._renamed((*key, "use"), name, entry.name if "/" in name else entry.component.name)
        for taken in [name for option in schema.options for name in option.names if name in {*core, "use"}]:
            message = f"{entry.name!r} of {entry.origin} has an option {taken!r}, which is a key of ganforge's own"
            self._problem((*key, "use"), message, "ask its author to rename it")
        options = {option: value for option, value in table.items() if option != "use" and option not in core}
        written = self._present_names(key, options, schema.options)
        amounts = self._amounts(key, entry, options) if kind == "augmentation" else {}
        docs = {option.name: option.doc or None for option in schema.options}
        for option in [name for name in options if name not in docs]:
            self._unknown((*key, option), f"{entry.name!r} has no option {option!r}", [*docs, *core, "use"])
        values, wrong = schema.validate(options)
        for path, message in wrong:
            place = (*key, written.get(path[0], path[0]), *path[1:])
            self._problem(place, f"{dotted(place)} {message}", docs[path[0]])
        for part in schema.options:
            place = (*key, written.get(part.name, part.name))
            given = values.get(part.name, part.plain_default)
            if part.required and part.name not in {*options, *amounts, *FACTS}:
                subject = f"[{dotted(key)}]" if key else repr(entry.name)
                self._problem(key, f"{subject} needs the option {part.name!r} of {entry.name!r}", docs[part.name])
            elif not part.nested or part.name in {path[0] for path, _ in wrong}:
                continue
            elif part.many:
                values[part.name] = self._nested_list(place, part.nested, given)
            elif nested := self._nested(place, part.nested, given):
                values[part.name] = nested
        return ChosenComponent(entry, values, key, amounts)

    def _amounts(self, key: Key, entry: Entry, options: dict[str, Any]) -> dict[str, float | ChosenComponent]:
        """Take the probability and strength of an augmentation from options, unless they are plain options of it."""
        found: dict[str, float | ChosenComponent] = {}
        own = {option.name for option in entry.schema.options}
        for name in [name for name in AMOUNTS if name in options]:
            value, place = options[name], (*key, name)
            scheduled = isinstance(value, str | dict)
            if (not scheduled and name in own) or not takes_at_call(entry.load(), name, name in own):
                continue
            del options[name]
            if scheduled:
                if schedule := self._nested(place, "scheduler", value):
                    found[name] = schedule
            elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
                found[name] = float(value)
            else:
                self._problem(place, f"{dotted(place)} must be a number from 0 to 1, or a scheduler", None)
        return found

    def _present_names(self, key: Key, options: dict[str, Any], known: Iterable[Option]) -> dict[str, str]:
        """Give renamed options their present names, and return their names in the recipe."""
        written: dict[str, str] = {}
        for option in known:
            for old in (name for name in option.formerly if name in options):
                if option.name in options:
                    message = f"{old!r} is the former name of {option.name!r}, which is set as well"
                    self._problem((*key, old), message, f"remove {old}")
                else:
                    self._renamed((*key, old), old, option.name)
                    written[option.name] = old
                    options[option.name] = options[old]
                del options[old]
        return written

    def _renamed(self, key: Key, old: str, new: str) -> None:
        """Warn of a former name, once."""
        problem = Problem(dotted(key), f"{old!r} is called {new!r} now", self.document.where(key), f"write {new}")
        warnings.warn(str(problem), RenamedWarning, stacklevel=2)

    def _nested(self, key: Key, kind: str, value: Any) -> ChosenComponent | None:
        """Return a component that is written as its name, or as a table; None for anything else."""
        if isinstance(value, str):
            value = {"use": value}
        return self.use(key, kind, value) if isinstance(value, dict) else None

    def _nested_list(self, key: Key, kind: str, values: Any) -> list[ChosenComponent]:
        found = enumerate(values if isinstance(values, list) else [])
        return [use for index, value in found if (use := self._nested((*key, str(index)), kind, value))]


def _with_own_weights(
    table: NetworkTable | JudgeTable, use: ChosenComponent, role: Role | None
) -> NetworkTable | JudgeTable:
    """Give a judge or a frozen network without weights those of its component, if any."""
    own = use.entry.component.weights
    if isinstance(table, NetworkTable):
        frozen = role is not None and not role.trained if table.frozen is None else table.frozen
        own = own if frozen else None
    return table.model_copy(update={"weights": FileWeights(file=own)}) if own else table
