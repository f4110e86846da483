"""`ganforge check`: every mistake in a recipe at once, without running anything."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli.options import Set


def check(
    recipe: Annotated[list[str], typer.Argument(help="Recipe files, or names of shipped recipes.")],
    set_: Set = None,
) -> None:
    """Check recipes: keys, types, components, losses and phases, and the recipes that they build on."""
    from ganforge.engine.plan import make_plan
    from ganforge.errors import Problem, RecipeError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.check import load
    from ganforge.recipe.library import find

    registry = Registry()
    problems: list[Problem] = []
    for name in recipe:
        try:
            plan = make_plan(load(find(name, registry), registry, set_ or []))
            terms = ", ".join(term.name for phase in plan.phases for term in phase.terms)
            print(f"{name}: no mistakes; minimises {terms}; recipe {plan.recipe.hash}")
        except RecipeError as error:
            problems.extend(error.problems)
    if problems:
        raise RecipeError(problems)
