"""Checks of a plugin as a whole: that listing it is quick, and that its recipes have no mistakes."""

from __future__ import annotations

from ganforge.errors import GanforgeError
from ganforge.quantities.plan import plan_all
from ganforge.recipe import check as recipes_check
from ganforge.recipe.document import read
from ganforge.recipe.library import shipped
from ganforge.study import check as studies_check
from ganforge.testing import fresh
from ganforge.testing.check import PLUGIN, Flaw, check
from ganforge.testing.subject import WholePlugin


@check(
    PLUGIN,
    finds="torch or another heavy library imported when the plugin is merely listed",
    why="`ganforge list` and `ganforge --help` would take seconds, for all plugins.",
    mend="Import only `ganforge.plugins` in the entry point's module and in its package's `__init__`.",
)
def light(subject: WholePlugin) -> None:
    """Declaring the components imports nothing heavy."""
    heavy = fresh.listing(subject.plugin)
    if heavy:
        raise Flaw(f"listing its components imports {' and '.join(heavy)}")


@check(
    PLUGIN,
    finds="mistakes in the recipes and studies that the plugin ships",
    why="A user's first command would end in an error that is not the user's.",
    mend="`ganforge check FILE` says the same.",
)
def recipes(subject: WholePlugin) -> None:
    """Shipped recipes and studies have no mistakes."""
    for recipe in shipped(subject.registry):
        if not recipe.name.startswith(f"{subject.name}/"):
            continue
        try:
            if "study" in read(recipe.path).data:
                studies_check.load(recipe.path, subject.registry)
            else:
                plan_all(recipes_check.load(recipe.path, subject.registry))
        except GanforgeError as error:
            raise Flaw(f"{recipe.path.name}: {error}") from error


CHECKS = (light, recipes)
