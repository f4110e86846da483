"""`ganforge show`: everything about a component, or a recipe with every default filled in."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Set


def show(
    name: Annotated[
        str,
        typer.Argument(
            help="A component (dtn/identity, losses/identity), or a recipe.", autocompletion=completion.shown
        ),
    ],
    resolved: Annotated[bool, typer.Option("--resolved", help="A recipe with every default filled in.")] = False,
    static: Annotated[bool, typer.Option("--static", help="Only what the plugin says; imports nothing.")] = False,
    set_: Set = None,
) -> None:
    """Show a component's options, or a recipe."""
    from ganforge.errors import UsageError
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe

    registry = Registry()
    entries = [] if name.endswith(".toml") or resolved or set_ else registry.find(name)
    if entries:
        from ganforge.cli.describe import describe

        for index, entry in enumerate(entries):
            print("\n" * bool(index) + describe(entry, static))
        return
    try:
        path = find_recipe(name, registry)
    except UsageError as error:
        if name.endswith(".toml") or resolved or set_:
            raise
        registry.check_owner(name)
        raise UsageError(
            f"there is no component and no recipe {name!r}", fix=registry.nearest(name) or error.fix
        ) from error
    if resolved or set_:
        from ganforge.recipe.check import read_recipe

        print(read_recipe(path, registry, set_ or []).dumps(), end="")
    else:
        print(path.read_text(encoding="utf-8-sig"), end="")
