"""`ganforge recipes` and `ganforge copy`: what is shipped, and how to make it one's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer


def recipes() -> None:
    """List the shipped recipes."""
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import shipped

    found = shipped(Registry())
    width = max((len(recipe.name) for recipe in found), default=0)
    for recipe in found:
        print(f"{recipe.name:<{width}}  {recipe.description}")


def copy(
    recipe: Annotated[str, typer.Argument(help="The name of a shipped recipe.")],
    target: Annotated[Path, typer.Argument(help="A folder, or a new file.")] = Path(),
) -> None:
    """Copy a shipped recipe, and those that it builds on, to edit them."""
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import companions, find

    source = find(recipe, Registry())
    main = target if target.suffix == ".toml" else target / source.name
    files = {source: main}
    for child in companions(source):
        files[child] = main.parent / child.relative_to(source.parent)
    taken = [str(path) for path in files.values() if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)} would be overwritten", fix="copy into another folder")
    for original, path in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, path)
        print(path)
