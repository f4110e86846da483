"""`ganforge recipes` and `ganforge copy`: what is shipped, and how to make it one's own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion


def recipes() -> None:
    """List the shipped recipes."""
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import shipped_recipes

    found = shipped_recipes(Registry())
    width = max((len(recipe.name) for recipe in found), default=0)
    for recipe in found:
        print(f"{recipe.name:<{width}}  {recipe.description}".rstrip())


def copy(
    recipe: Annotated[
        str, typer.Argument(help="The name of a shipped recipe.", autocompletion=completion.recipes_and_studies)
    ],
    target: Annotated[Path, typer.Argument(help="A folder, or a new file.")] = Path(),
) -> None:
    """Copy a shipped recipe, and those that it builds on, to edit them.

    They keep their places relative to each other. A recipe that is there already is left alone if it is the same, and
    nothing is copied if it is not. Beside them lies what an editor completes and checks them by.
    """
    from ganforge.editor.kept import NAME, kept_or_fresh
    from ganforge.errors import UsageError
    from ganforge.folders import cache_folder
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import companions, find_recipe

    registry = Registry()
    source = find_recipe(recipe, registry).resolve()
    originals = [source, *(path.resolve() for path in companions(source))]
    if target.suffix == ".toml":
        beside = {path: os.path.relpath(path, source.parent) for path in originals}
        if any(name.startswith(os.pardir) for name in beside.values()):
            raise UsageError(f"{recipe!r} builds on recipes in other folders", fix="copy to a folder, not to a file")
        copies = {path: target.parent / name for path, name in beside.items()} | {source: target}
    else:
        root = os.path.commonpath([path.parent for path in originals])
        copies = {path: target / path.relative_to(root) for path in originals}
    taken = [str(path) for original, path in copies.items() if path.exists() and not _same(original, path)]
    if taken:
        raise UsageError(f"{', '.join(taken)} would be overwritten", fix="copy to another folder")
    for original, path in copies.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, path)
        print(path)
    asking = [path for path in copies.values() if path.read_bytes().startswith(f"#:schema {NAME}\n".encode())]
    for schema in dict.fromkeys(path.with_name(NAME) for path in asking):
        schema.write_text(kept_or_fresh(registry, cache_folder()), encoding="utf-8")
        print(schema)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
