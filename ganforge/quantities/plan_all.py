"""A recipe and all that it builds on, worked out at once: a run trains those before the recipe itself."""

from __future__ import annotations

import os

from ganforge.errors import Problem, RecipeError
from ganforge.quantities.plan import Plan, make_plan
from ganforge.recipe.recipe import Recipe


def plan_all(recipe: Recipe) -> Plan:
    """The plan of a recipe, made after the plans of those that it builds on.

    Raises:
        RecipeError: with every problem found in any of them; a file of weights that is not there is one.
    """
    problems: list[Problem] = []

    def visit(recipe: Recipe) -> Plan | None:
        for child in recipe.children.values():
            visit(child)
        problems.extend(_missing_files(recipe))
        try:
            return make_plan(recipe)
        except RecipeError as error:
            problems.extend(error.problems)
            return None

    plan = visit(recipe)
    if plan is None or problems:
        raise RecipeError(list(dict.fromkeys(problems)))
    return plan


def _missing_files(recipe: Recipe) -> list[Problem]:
    return [
        Problem(
            ".".join(key),
            f"there is no file {str(file)!r}",
            recipe.document.where(key),
            f"paths are relative to {recipe.document.path}",
        )
        for role, file in recipe.weight_files().items()
        if not os.path.isfile(file)
        for key in [("networks", role, "weights", "file")]
    ]
