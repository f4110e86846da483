"""A trial of a search as a row of the study: its name, its title, and a checked recipe for each seed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from ganforge.errors import RecipeError
from ganforge.plugins.registry import Registry
from ganforge.quantities.plan import plan_all
from ganforge.recipe.check import check
from ganforge.recipe.document import Document, Key
from ganforge.recipe.recipe import Recipe
from ganforge.study.schema import Changes, StudyTable
from ganforge.study.study import Study, Variant


def named(table: StudyTable, number: int, drawn: Changes) -> Variant:
    """A trial without recipes yet.

    Args:
        table: what all rows share.
        number: the trial's, from 0.
        drawn: its changes.
    """
    title = ", ".join(f"{key.rpartition('.')[2]} = {json.dumps(value)}" for key, value in drawn.items())
    return Variant(f"trial-{number:03}", title, "", table.metric, {**table.set, **drawn}, {}, {}, drawn)


def with_trials(study: Study, found: Iterable[Changes], registry: Registry) -> Study:
    """A study with further trials, each with its recipes, or with a note where no recipe can have its values."""
    assert study.base is not None, "only a study with a search has trials"
    rows = list(study.variants)
    for number, drawn in enumerate(found, len(study.trials)):
        row = named(study.table, number, drawn)
        sections = {key: ("search", "keys") if key in drawn else ("study", "set") for key in row.changes}
        values = ((key_of(key), row.changes[key], study.document.where((*sections[key], key))) for key in sections)
        try:
            recipes = seeded(study.base.replace(values), study.table.seeds, study.document, registry)
            rows.append(replace(row, recipes=recipes))
        except RecipeError as error:
            rows.append(replace(row, note=f"not possible: {error.problems[0].message}"))
    return replace(study, variants=tuple(rows))


def seeded(changed: Document, seeds: Iterable[int], study: Document, registry: Registry) -> dict[int, Recipe]:
    """The recipe of a row by seed, each checked with all that it builds on.

    Raises:
        RecipeError: with every problem found with the first seed that has any.
    """
    recipes = {}
    for seed in seeds:
        recipes[seed] = check(changed.replace([(("recipe", "seed"), seed, study.where(("study", "seeds")))]), registry)
        plan_all(recipes[seed])
    return recipes


def key_of(name: str) -> Key:
    """The key that a name with dots stands for."""
    return tuple(part.strip() for part in name.split("."))
