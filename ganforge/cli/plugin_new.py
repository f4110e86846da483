"""`ganforge plugin new`: a package that can be installed, tested and published as it stands."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Part(StrEnum):
    """A kind to have an example of."""

    loss = "loss"
    distance = "distance"
    discriminator = "discriminator"
    dataset = "dataset"


def new(
    name: Annotated[str | None, typer.Argument(help="The plugin's name: acme, or ganforge-acme.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", "-o", help="Where to write it.", show_default="ganforge-NAME")
    ] = None,
    description: Annotated[str | None, typer.Option(help="One line.", show_default="asked for")] = None,
    author: Annotated[str | None, typer.Option(help="Whose it is.", show_default="asked for")] = None,
    part: Annotated[
        list[Part] | None, typer.Option(help="Have an example of this kind; repeatable.", show_default="all")
    ] = None,
) -> None:
    """Write a new plugin: a package with a loss, a distance, a discriminator, a dataset, tests and a recipe.

    What no option says is asked for, where there is a terminal. A folder with files in it is left alone.
    """
    from ganforge.errors import UsageError
    from ganforge.scaffold.package import PARTS, Package, plugin_name, write

    asks = sys.stdin.isatty()
    if name is None:
        if not asks:
            raise UsageError("the plugin needs a name", fix="ganforge plugin new ganforge-acme")
        name = str(typer.prompt("Name of the plugin"))
    name = plugin_name(name)
    default = f"Components of {name} for ganforge."
    if description is None:
        description = str(typer.prompt("Description", default)) if asks else default
    if author is None:
        author = str(typer.prompt("Author", "")) if asks else ""
    chosen = tuple(kind for kind in PARTS if not part or kind in part)
    package = Package(name, " ".join(description.split()) or default, author.strip(), chosen)
    folder = folder or Path(package.distribution)
    for path in write(package, folder):
        print(path)
    print(f"\nnext:  cd {folder}; uv pip install -e . && pytest; ganforge run {package.recipe}")
