"""Writes `docs/reference/` from the program itself, so that what is documented is what is there.

    uv run python docs/generate.py

Components and the Python interface come from signatures and docstrings, recipe keys from the core's tables, verbs from
the command line's functions, hooks from their specifications. Pictures of components go to `docs/images/components/`,
the table of layers into `architecture.md`, the promises that tests hold into `reliability.md`.
Tests write all of it anew and fail where a committed file differs.
"""

from __future__ import annotations

from pathlib import Path

from writers import api, cli, components, hooks, layers, pictures, promises, recipe

FOLDER = Path(__file__).parent


def pages() -> dict[str, str]:
    """Every page: its name below `docs/reference/` and its text."""
    return {
        **components.components(),
        "recipe.md": recipe.recipe(),
        "cli.md": cli.cli(),
        "hooks.md": hooks.hooks(),
        "api.md": api.api(),
    }


def main() -> None:
    """Write the pages and the pictures."""
    layers.PAGE.write_text(layers.layers(), encoding="utf-8")
    promises.PAGE.write_text(promises.promises(), encoding="utf-8")
    for name, text in pages().items():
        path = FOLDER / "reference" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
    for name, content in pictures.pictures(components.first_party()).items():
        path = FOLDER / components.PICTURES / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print(path)


if __name__ == "__main__":
    main()
