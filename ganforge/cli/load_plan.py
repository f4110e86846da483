"""Load and plan a recipe together with everything that it builds on, for `check` and `run`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganforge.plugins.registry import Registry
    from ganforge.quantities.plan import Plan


def load_plan(name: str, overrides: Iterable[str], registry: Registry) -> Plan:
    """Load and plan a recipe file or a shipped recipe.

    Raises:
        UsageError: there is no such recipe, or it is a study.
        RecipeError: with every problem found.
    """
    from ganforge.errors import UsageError
    from ganforge.quantities.planner import plan_all
    from ganforge.recipe.check import read_recipe
    from ganforge.recipe.library import find_recipe

    if is_study(name, registry):
        raise UsageError(f"{name!r} is a study, not a recipe", fix=f"ganforge study {name}")
    return plan_all(read_recipe(find_recipe(name, registry), registry, overrides))


def is_study(name: str, registry: Registry) -> bool:
    """Return True if a file, or a shipped file of this name, is a study.

    Raises:
        UsageError: there is no such file.
        RecipeError: it cannot be read.
    """
    from ganforge.recipe.document import read_document
    from ganforge.recipe.library import find_recipe

    return "study" in read_document(find_recipe(name, registry)).data
