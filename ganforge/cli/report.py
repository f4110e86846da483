"""`ganforge report`: a run as one page that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli.options import Runs


def report(
    run: Annotated[str, typer.Argument(help="A run directory, or the name of a run.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write.", show_default="report.html in the run")
    ] = None,
    runs: Runs = None,
) -> None:
    """Write the report of a run, as it is now.

    The report is one HTML file that needs nothing else. A run that ends well writes one by itself.
    """
    from ganforge.errors import UsageError
    from ganforge.report.page import write_report
    from ganforge.runs.directory import find

    directory = find(run, runs or Path("runs"))
    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder", fix=f"-o {out / f'{directory.name}.html'}")
    path = write_report(directory, out)
    print(f"{path}   {path.stat().st_size / 1e6:.1f} MB")
