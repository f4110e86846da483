"""`ganforge compare`: what differs between runs, and what it did to the numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Runs


def compare(
    run: Annotated[
        list[str], typer.Argument(help="Run directories, or names of runs.", autocompletion=completion.runs)
    ],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    runs: Runs = None,
) -> None:
    """Compare runs: their recipes, versions, data and machines, and their metrics.

    Only what is not the same in all of them is shown; metrics are shown in any case.
    """
    from ganforge.cli.comparison import print_comparison
    from ganforge.errors import UsageError
    from ganforge.folders import runs_folder
    from ganforge.plugins.registry import Registry
    from ganforge.runs import strict_json
    from ganforge.runs.directory import find
    from ganforge.study.comparison import compare as compare_runs

    if len(run) < 2:
        raise UsageError("one run has nothing to be compared with", fix="name two runs or more")
    root = runs_folder(runs)
    found = compare_runs([find(name, root) for name in run], Registry())
    if json:
        print(strict_json.dumps(found.as_data(), indent=1))
    else:
        print_comparison(found)
