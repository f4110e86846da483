"""`ganforge report` and `compare`: a run or a study as one HTML page, and the differences between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Runs, named_run
from ganforge.errors import UsageError
from ganforge.folders import runs_folder


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

    The report is one HTML file that needs nothing else. A run that finishes writes one by itself, and so does a study.
    """
    from ganforge.study.saved import StudyFolder, find_run_or_study

    found = find_run_or_study(name, runs_folder(runs))

    from ganforge.report.page import write_report
    from ganforge.study.report.page import write_page

    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder", fix=f"-o {out / f'{found.path.name}.html'}")
    path = write_page(found, out) if isinstance(found, StudyFolder) else write_report(found, out)
    print(f"{path}   {path.stat().st_size / 1e6:.1f} MB")


def compare(
    run: Annotated[
        list[str], typer.Argument(help="Run directories, or names of runs.", autocompletion=completion.runs)
    ],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    runs: Runs = None,
) -> None:
    """Compare runs: their recipes, versions, data and machines, and their metrics.

    Values that are the same in all runs are left out; metrics are always shown.
    """
    if len(run) < 2:
        raise UsageError("one run has nothing to be compared with", fix="name two runs or more")
    directories = [named_run(name, {"runs": runs}) for name in run]

    from ganforge.cli.tables import print_comparison
    from ganforge.plugins.registry import Registry
    from ganforge.runs import strict_json
    from ganforge.study.comparison import compare as compare_runs

    found = compare_runs(directories, Registry())
    if json:
        print(strict_json.dumps(found.as_data(), indent=1))
    else:
        print_comparison(found)
