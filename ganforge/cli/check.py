"""`ganforge check`: every mistake in a recipe at once, without running anything."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Set


def check(
    recipe: Annotated[
        list[str],
        typer.Argument(
            help="Recipe or study files, or names of shipped ones.", autocompletion=completion.recipes_and_studies
        ),
    ],
    set_: Set = None,
) -> None:
    """Find every mistake in recipes and studies, without running them.

    Looks at keys, types, components, losses and phases, and at the recipes that these build on; not at data.
    """
    from ganforge.cli.load_plan import is_study, load_plan
    from ganforge.errors import Problem, RecipeError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    problems: list[Problem] = []
    for name in recipe:
        try:
            if is_study(name, registry):
                from ganforge.study.check import load_study

                study = load_study(find_recipe(name, registry), registry, set_ or [])
                more = f" and up to {study.open} that are suggested on the way" if study.open else ""
                print(f"{name}: no mistakes; {len(study.variants)} rows{more}, {len(study.table.seeds)} seeds")
                continue
            plan = load_plan(name, set_ or [], registry)
            terms = ", ".join(term.name for phase in plan.phases for term in phase.terms)
            print(f"{name}: no mistakes; minimises {terms}; recipe {plan.recipe.hash}")
        except RecipeError as error:
            problems += error.problems
    if problems:
        raise RecipeError(list(dict.fromkeys(problems)))
