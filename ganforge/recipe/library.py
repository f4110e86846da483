"""Recipes that come with ganforge and its plugins, and the files that a recipe names."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry
from ganforge.suggest import suggest


@dataclass(frozen=True)
class ShippedRecipe:
    """A recipe that comes with ganforge or a plugin.

    Attributes:
        name: its path below the folder of recipes, without `.toml`; a plugin's begins with the plugin's name.
        description: one line, as the recipe has it.
    """

    name: str
    path: Path
    description: str
    is_study: bool = False


def shipped_recipes(registry: Registry) -> list[ShippedRecipe]:
    """Return all shipped recipes, ganforge's own first."""
    package = Path(__file__).parents[1]
    own = package / "_recipes"
    # In a checkout they are beside the package; in a wheel, inside it.
    found = _recipes(own if own.is_dir() else package.parent / "recipes", "")
    for plugin in registry.plugins:
        if plugin.recipes is not None:
            found += _recipes(plugin.recipes, f"{plugin.name}/")
    return found


def find_recipe(text: str, registry: Registry) -> Path:
    """Return a recipe file, given its path or the name of a shipped recipe.

    A plugin's recipe also goes by its bare name while that is unique, as components do.

    Raises:
        UsageError: there is none, or several; names the nearest.
    """
    if os.path.isfile(text):
        return Path(text)
    recipes = {recipe.name: recipe for recipe in shipped_recipes(registry)}
    name = text.removesuffix(".toml").removeprefix("recipes/")
    if name in recipes:
        return recipes[name].path
    bare = [recipe for recipe in recipes.values() if recipe.name.partition("/")[2] == name != ""]
    if len(bare) > 1:
        names = " and ".join(repr(recipe.name) for recipe in bare)
        raise UsageError(f"the recipe {text!r} is ambiguous: {names}", fix="write the whole name")
    if not bare:
        fix = suggest(name, recipes.keys()) or "`ganforge recipes` lists those that are shipped"
        raise UsageError(f"there is no recipe {text!r}", fix=fix)
    return bare[0].path


def companions(path: Path) -> list[Path]:
    """Return the existing files that a recipe or a study names by relative paths, directly or through others."""
    found: list[Path] = []

    def visit(file: Path) -> None:
        for name in _named(_content(file) or {}):
            child = file.parent / name
            if os.path.isfile(child) and child.resolve() not in [other.resolve() for other in (path, *found)]:
                found.append(child)
                visit(child)

    visit(path)
    return found


def _named(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the relative paths under `recipe` and `base`, and in changes of such keys as `judges.x.recipe`."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _named(value)
        elif isinstance(value, str) and (key == "base" or key.rpartition(".")[2] == "recipe"):
            yield from [] if os.path.isabs(value) else [value]


def _recipes(folder: Path, prefix: str) -> list[ShippedRecipe]:
    found = []
    for path in folder.rglob("*.toml"):
        recipe = _content(path)
        is_study = "study" in (recipe or {})
        table = (recipe or {}).get("study" if is_study else "recipe")
        description = str(table.get("description", "")) if isinstance(table, dict) else ""
        name = f"{prefix}{path.relative_to(folder).with_suffix('').as_posix()}"
        found.append(ShippedRecipe(name, path, "(cannot be read)" if recipe is None else description, is_study))
    return sorted(found, key=lambda recipe: (recipe.name.count("/"), recipe.name))


def _content(path: Path) -> dict[str, Any] | None:
    """Return the content of a TOML file, or None if it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
