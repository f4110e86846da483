"""`ganforge schema`: what editors need to complete recipes and to mark mistakes in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli.options import Cache


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file to write, or its folder.", show_default="standard output"),
    ] = None,
    cache: Cache = None,
) -> None:
    """Write the JSON Schema of recipes and studies.

    It knows the components that are installed now: write it again when plugins have changed. A recipe whose first line
    is `#:schema ganforge.schema.json` is completed and checked by it in an editor that reads such lines.
    """
    from ganforge import atomic
    from ganforge.editor.kept import NAME, fresh
    from ganforge.folders import cache_folder
    from ganforge.plugins.registry import Registry

    text, problems = fresh(Registry(), cache_folder(cache))
    for problem in problems:
        print(f"warning: left out: {problem}", file=sys.stderr)
    if out is None:
        print(text, end="")
        return
    path = out / NAME if out.is_dir() else out
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_file(path, text.encode())
    print(path)
