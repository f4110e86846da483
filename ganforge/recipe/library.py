"""The recipes that come with ganforge and its plugins: found by name, listed, copied."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import ganforge
from ganforge.errors import UsageError
from ganforge.plugins.registry import Registry


@dataclass(frozen=True)
class Shipped:
    """A recipe that comes with ganforge or a plugin.

    Attributes:
        name: its path below the folder of recipes, without `.toml`.
        path: the file.
        description: its own one line.
    """

    name: str
    path: Path
    description: str


def shipped(registry: Registry) -> list[Shipped]:
    """All shipped recipes, by name."""
    package = Path(ganforge.__file__).parent
    own = package / "_recipes"
    # In a checkout they lie beside the package; in a wheel, inside it.
    folders = [own if own.is_dir() else package.parent / "recipes", *registry.hooks.hook.ganforge_recipes()]
    found: dict[str, Shipped] = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.toml")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault(name, Shipped(name, path, _description(path)))
    return sorted(found.values(), key=lambda recipe: (recipe.name.count("/"), recipe.name))


def find(text: str, registry: Registry) -> Path:
    """The recipe file that a user means: a path, or the name of a shipped recipe.

    Raises:
        UsageError: there is none; names the nearest.
    """
    path = Path(text)
    if path.is_file():
        return path
    recipes = {recipe.name: recipe for recipe in shipped(registry)}
    name = text.removesuffix(".toml").removeprefix("recipes/")
    if name in recipes:
        return recipes[name].path
    near = difflib.get_close_matches(name, recipes, n=1)
    raise UsageError(
        f"there is no recipe {text!r}",
        fix=f"did you mean {near[0]!r}?" if near else "`ganforge recipes` lists those that are shipped",
    )


def companions(path: Path) -> list[Path]:
    """The recipe files that a recipe names, directly or through others; unreadable ones are left out."""
    found: list[Path] = []

    def visit(file: Path) -> None:
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        tables = [table for section in ("networks", "judges") for table in data.get(section, {}).values()]
        for table in tables:
            weights = table.get("weights", {})
            name = table.get("recipe") or (weights.get("recipe") if isinstance(weights, dict) else None)
            if isinstance(name, str) and (child := file.parent / name) not in found:
                found.append(child)
                visit(child)

    visit(path)
    return found


def _description(path: Path) -> str:
    try:
        recipe = tomllib.loads(path.read_text(encoding="utf-8")).get("recipe", {})
    except (OSError, ValueError):
        return "(cannot be read)"
    return str(recipe.get("description", ""))
