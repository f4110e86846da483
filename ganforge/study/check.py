"""Checks of a study file: every mistake in it and in all of its recipes at once, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ganforge.errors import Problem, RecipeError, UsageError, command
from ganforge.judge import metric_of
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import NAME
from ganforge.recipe.document import Document, Key, parse_assignment, read_document
from ganforge.recipe.library import find_recipe
from ganforge.recipe.recipe import Recipe
from ganforge.recipe.schema import Table
from ganforge.recipe.tables import TableChecker, by_line
from ganforge.study.adaptive import FIX, is_installed
from ganforge.study.results import Variant
from ganforge.study.schema import NESTED_TABLES, Changes, SearchTable, StudyTable, VariantTable
from ganforge.study.search import extremes, trials
from ganforge.study.study import Recipes, Study, recipes_by_seed, trial

SECTIONS = ("study", "variants", "search")
Places = Mapping[str, str]


def load_study(path: Path, registry: Registry, overrides: Iterable[str] = ()) -> Study:
    """Read, override and check a study file.

    Args:
        path: the file.
        registry: the installed components.
        overrides: assignments; keys that begin with `study`, `variants` or `search` are the study's own, all others
            are keys of every recipe, and win over what the file says.

    Raises:
        RecipeError: with every problem found, in the study and in its recipes, by file and line.
    """
    document = read_document(path)
    if "study" not in document.data:
        raise UsageError(f"{path} is not a study: it has no [study]", fix=command("run", path))
    checker = _StudyChecker(_overridden(document, overrides), registry)
    study = checker.study()
    if study is None or checker.problems:
        raise RecipeError(sorted(dict.fromkeys(checker.problems), key=by_line))
    return study


def _overridden(document: Document, overrides: Iterable[str]) -> Document:
    """Apply assignments to a study; those to recipes become the last changes of every row."""
    for text in overrides:
        key, value = parse_assignment(text)
        if key[0] in SECTIONS:
            document = document.override([text])
            continue
        variants = document.data.get("variants")
        rows = [("variants", name) for name in variants] if isinstance(variants, dict) else []
        name, where = ".".join(key), f"--set {text}"
        document = document.replace(((*row, "set", name), value, where) for row in [("study",), *rows])
    return document


class _StudyChecker(TableChecker):
    nested: ClassVar[Mapping[str, type[Table]]] = NESTED_TABLES

    def __init__(self, document: Document, registry: Registry) -> None:
        super().__init__(document)
        self.registry = registry
        self.bases: dict[str, Document | None] = {}
        self.checked: list[str] = []
        self.recipes: dict[str, Recipes] = {}
        self.found: dict[Problem, list[str]] = {}

    def study(self) -> Study | None:
        """Return the study, or None if `problems` leave none."""
        data = self.document.data
        for section in data:
            if section not in SECTIONS:
                self._unknown((section,), f"there is no section [{section}]", list(SECTIONS))
        table = self._table(("study",), StudyTable, data.get("study"))
        search = self._table(("search",), SearchTable, data["search"]) if "search" in data else None
        tables = {}
        for name, given in self._dict(("variants",), data.get("variants", {})).items():
            if not NAME.fullmatch(name):
                self._problem(("variants", name), f"{name!r} cannot name a row", "use letters, digits, - and _")
            elif search and name.startswith("trial-"):
                self._problem(("variants", name), f"{name!r} could be a trial of the search", "rename the row")
            elif variant := self._table(("variants", name), VariantTable, given):
                tables[name] = variant
        if not data.get("variants") and "search" not in data:
            self._problem((), "there is nothing to run", "add a table [variants.NAME], or [search]")
        if search and search.method == "tpe" and not is_installed():
            self._problem(("search", "method"), "tpe needs Optuna, which is not installed", FIX)
        if table is None or self.problems:
            return None
        if search:
            # Test images are for the choice of a search alone.
            if "sets" in table.model_fields_set and table.sets != ["validation"]:
                fix = 'sets = ["validation"], or leave it out'
                self._problem(("study", "sets"), "a search ranks by validation images alone", fix)
            table = table.model_copy(update={"sets": ["validation"]})
        if len(set(table.seeds)) < len(table.seeds):
            self._problem(("study", "seeds"), "a seed is there twice", "each seed is one run")
        shared = self._changes(("study", "set"), table.set)
        rows = [self._variant(table, name, variant, shared) for name, variant in tables.items()]
        drawn = trials(search) if search else []
        rows += self._trials(table, search, drawn, shared) if search else []
        self._report_recipes()
        if search and search.direction is None:
            # As the metric declares; the highest is best without a direction.
            recipe = next((recipe for seeds in self.recipes.values() for recipe in seeds.values()), None)
            lowest = recipe is not None and recipe.meanings[table.metric].better == "lower"
            search = search.model_copy(update={"direction": "minimize" if lowest else "maximize"})
        base = self._base(table.base, ("study", "base")) if search else None
        return Study(self.document, table, tuple(rows), self.recipes, tuple(drawn), search, base)

    def _variant(self, table: StudyTable, name: str, variant: VariantTable, shared: Places) -> Variant:
        changes = {**table.set, **variant.set}
        places = {**shared, **self._changes(("variants", name, "set"), variant.set)}
        own: Key = ("variants", name, "base")
        base = self._base(variant.base, own) if variant.base else self._base(table.base, ("study", "base"))
        metric, other = variant.metric or table.metric, Path(variant.base or "").name
        row = Variant(name, variant.title or name, variant.note, metric, changes, variant.reference, other)
        where: Key = ("variants", name, "metric") if variant.metric else ("study", "metric")
        self._check_recipes(row, table, base, places, where)
        return row

    def _trials(self, table: StudyTable, search: SearchTable, drawn: list[Changes], shared: Places) -> list[Variant]:
        base = self._base(table.base, ("study", "base"))
        for key in table.set.keys() & search.keys.keys():
            self._problem(("study", "set", key), f"{key} is searched for and set", "do one of them")
        places = {**shared, **self._changes(("search", "keys"), search.keys)}
        rows = [trial(table, number, changes) for number, changes in enumerate(drawn)]
        # An adaptive search will suggest these values and others between them.
        ends = [trial(table, 0, changes) for changes in extremes(search)] if search.method == "tpe" else []
        for row in (*rows, *(replace(row, name=row.title) for row in ends)):
            self._check_recipes(row, table, base, places, ("study", "metric"))
        return rows

    def _check_recipes(
        self, row: Variant, table: StudyTable, base: Document | None, places: Places, metric: Key
    ) -> None:
        """Check the recipes of a row and keep them."""
        if base is None:
            return
        self.checked.append(row.name)
        try:
            recipes = recipes_by_seed(base, row.changes, places, table, self.document, self.registry)
        except RecipeError as error:
            for problem in error.problems:
                self.found.setdefault(problem, []).append(row.name)
            return
        self._check_metrics(next(iter(recipes.values())), row, table, metric)
        self.recipes[row.name] = recipes

    def _base(self, text: str, key: Key) -> Document | None:
        """Return the recipe that is varied."""
        if text not in self.bases:
            self.bases[text] = None
            file = self.document.path.parent / text
            try:
                self.bases[text] = read_document(file if file.is_file() else find_recipe(text, self.registry))
            except UsageError as error:
                near = f"{error.fix}; " if (error.fix or "").startswith("did") else ""
                self._problem(key, error.message, f"{near}paths are relative to {self.document.path}")
            except RecipeError as error:
                self.problems.extend(error.problems)
        return self.bases[text]

    def _changes(self, key: Key, changes: Mapping[str, Any]) -> dict[str, str]:
        """Return the place of each change, without those that no recipe can have."""
        places = {}
        for name, value in changes.items():
            parts = self._recipe_key(key, name, value)
            if parts in (("recipe", "seed"), ("recipe", "name")):
                self._problem((*key, name), f"a study sets {name} itself", "remove it; seeds belong to [study]")
            elif parts is not None:
                places[name] = self.document.where((*key, name))
        return places

    def _check_metrics(self, recipe: Recipe, row: Variant, table: StudyTable, metric: Key) -> None:
        """Check that the metrics and image sets exist, or the table would stay empty.

        Of `metric/part` the metric must exist: which parts it has, only measuring tells.
        """
        for key, name in [(metric, row.metric), *((("study", "also"), name) for name in table.also)]:
            part = recipe.metrics.get(metric_of(name))
            if part is None or part.use is None:
                self._unknown((*key, name), f"{recipe.name!r} has no metric {name!r}", list(recipe.metrics))
            elif "judges" in part.use.entry.schema.positional and not recipe.judges:
                self._problem(
                    key, f"the metric {name!r} asks judges, and {recipe.name!r} has none", "add [judges.NAME]"
                )
        method = recipe.method_class
        source = method.image_input()
        unmeasured = {*method.data, method.held_out() if method.pictures_like != source else None}
        known = ["validation", *(name for name in recipe.data if name not in unmeasured)]
        known = known if source else ["validation", "samples"]
        role = method.validated()
        for name in table.sets:
            if name == "validation" and not (role and recipe.data[role].table.validation):
                fix = f"set validation in [data.{role}]" if role else "name other sets"
                self._problem(("study", "sets"), f"{recipe.name!r} holds out no validation images", fix)
            elif name not in known:
                self._unknown(("study", "sets", name), f"{recipe.name!r} measures no image set {name!r}", known)

    def _report_recipes(self) -> None:
        """Report problems of recipes; those in another file name the rows that have them."""
        for problem, names in self.found.items():
            names = list(dict.fromkeys(names))
            here = (problem.where or "").startswith((f"{self.document.path}:", "--set"))
            which = "" if here or len(names) == len(self.checked) else f"with the changes of {', '.join(names)}: "
            self.problems.append(Problem(problem.key, which + problem.message, problem.where, problem.fix))
