"""A checked study: its variants, and for each variant and seed a checked recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit

from ganforge.errors import RecipeError
from ganforge.plugins.registry import Registry
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import check_document
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import Recipe
from ganforge.study.results import Variant
from ganforge.study.schema import Changes, SearchTable, StudyTable

Recipes = Mapping[int, Recipe]


@dataclass(frozen=True)
class Study:
    """A study without mistakes.

    Attributes:
        document: its file, with overrides.
        table: settings of all rows.
        variants: the rows in their order; of an adaptive search, those that are known so far.
        recipes: by variant and seed; none for a trial with values that no recipe can have.
        drawn: the changes of each trial, in the order of the trials.
        search: how trials are drawn, or None.
        base: the recipe that a search varies; None without a search.
    """

    document: Document
    table: StudyTable
    variants: tuple[Variant, ...]
    recipes: Mapping[str, Recipes]
    drawn: tuple[Changes, ...] = field(default=())
    search: SearchTable | None = None
    base: Document | None = None

    @property
    def open(self) -> int:
        """The number of trials that are still to be suggested from what earlier ones show."""
        if self.search is None or self.search.method != "tpe":
            return 0
        return max(0, (self.search.trials or 0) - len(self.drawn))

    def runs(self) -> Iterator[tuple[Variant, int, Recipe]]:
        """Iterate over variants, seeds and their recipes."""
        for variant in self.variants:
            for seed, recipe in self.recipes.get(variant.name, {}).items():
                yield variant, seed, recipe

    def dumps(self) -> str:
        """Return the study as TOML, overrides included; with absolute paths of recipes, so that it can be moved."""
        folder = self.document.path.parent
        data: dict[str, Any] = {**self.document.data}
        data["study"] = _anchored(data["study"], folder)
        if "variants" in data:
            data["variants"] = {name: _anchored(table, folder) for name, table in data["variants"].items()}
        return tomlkit.dumps(data)


def trial_name(number: int) -> str:
    """Return the name of a trial, counted from 0."""
    return f"trial-{number:03}"


def trial(table: StudyTable, number: int, drawn: Changes) -> Variant:
    """Return the trial of a search with this number and these changes."""
    title = ", ".join(f"{key.rpartition('.')[2]} = {json.dumps(value)}" for key, value in drawn.items())
    return Variant(trial_name(number), title, "", table.metric, {**table.set, **drawn}, {})


def with_trials(study: Study, found: Iterable[Changes], registry: Registry) -> Study:
    """Return a study with further trials, each with its recipes, or with a note if no recipe can have its values."""
    assert study.base is not None, "only a study with a search has trials"
    variants, recipes, drawn = list(study.variants), dict(study.recipes), list(study.drawn)
    for changes in found:
        variant = trial(study.table, len(drawn), changes)
        sections = {key: ("search", "keys") if key in changes else ("study", "set") for key in variant.changes}
        places = {key: study.document.where((*section, key)) for key, section in sections.items()}
        try:
            recipes[variant.name] = recipes_by_seed(
                study.base, variant.changes, places, study.table, study.document, registry
            )
        except RecipeError as error:
            variant = replace(variant, note=f"not possible: {error.problems[0].message}")
        variants.append(variant)
        drawn.append(changes)
    return replace(study, variants=tuple(variants), recipes=recipes, drawn=tuple(drawn))


def recipes_by_seed(
    base: Document, changes: Changes, places: Mapping[str, str], table: StudyTable, study: Document, registry: Registry
) -> Recipes:
    """Return the recipe of a row for each seed, checked with all that it builds on.

    Args:
        base: the recipe that is varied.
        changes: values by dotted key.
        places: the places of the changes; those without one are left out.
        table: settings of all rows.
        study: the study file.
        registry: the installed components.

    Raises:
        RecipeError: with every problem of the first seed that has any.
    """
    keys = {name: tuple(part.strip() for part in name.split(".")) for name in changes if name in places}
    changed = base.replace((key, changes[name], places[name]) for name, key in keys.items())
    recipes = {}
    for seed in table.seeds:
        seeded = changed.replace([(("recipe", "seed"), seed, study.where(("study", "seeds")))])
        recipes[seed] = check_document(seeded, registry)
        plan_all(recipes[seed])
    return recipes


def _anchored(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    file = folder / table["base"] if "base" in table else None
    return {**table, "base": str(file.absolute())} if file and file.is_file() else dict(table)
