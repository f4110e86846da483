"""`ganforge report`: a run or a study as one page that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Runs


def report(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RUN|STUDY",
            help="A run directory or a study's folder, or the name of one.",
            autocompletion=completion.runs,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file to write.", show_default="report.html in the run or the study"),
    ] = None,
    runs: Runs = None,
) -> None:
    """Write the report of a run or a study, as it is now.

    The report is one HTML file that needs nothing else. A run that ends well writes one by itself, and so does a study.
    """
    from ganforge.errors import UsageError
    from ganforge.report.page import write_report
    from ganforge.study.report.page import write_page
    from ganforge.study.saved import StudyFolder, find_run_or_study

    found = find_run_or_study(name, runs or Path("runs"))
    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder", fix=f"-o {out / f'{found.path.name}.html'}")
    path = write_page(found, out) if isinstance(found, StudyFolder) else write_report(found, out)
    print(f"{path}   {path.stat().st_size / 1e6:.1f} MB")
