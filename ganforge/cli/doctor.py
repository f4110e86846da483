"""`ganforge doctor`: what is installed and whether it works, to be read, and to be pasted into a report of a bug."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli.options import Cache, Data, Runs

if TYPE_CHECKING:
    from ganforge.doctor.finding import Examination


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    data: Data = None,
    runs: Runs = None,
    cache: Cache = None,
) -> None:
    """Examine what is installed: plugins, torch, GPUs, folders.

    What is wrong is told with its reason and what to do; the exit code is 1 if something is broken. The home folder
    and the user's name are left out, so that all of it may be pasted into a report of a bug.
    """
    from ganforge.doctor.examine import examine
    from ganforge.doctor.privacy import Redactor

    veil = Redactor.of_this_user()
    found = examine(data, runs, cache)
    if as_json:
        print(json.dumps(veil.over(found.as_data()), indent=1))
    else:
        print(veil.over(page(found)))
    if not found.is_usable:
        raise typer.Exit(1)


def page(found: Examination) -> str:
    """The findings as text, those that are not well marked as such, with what to do below them."""
    lines: list[str] = []
    width = max((len(finding.name) for section in found.sections for finding in section.findings), default=0)
    for section in found.sections:
        lines += ["", section.title]
        for finding in section.findings:
            mark = "" if finding.state == "ok" else f"{finding.state}: "
            lines.append(f"  {finding.name:<{width}}  {mark}{finding.text}")
            if finding.fix:
                lines.append(f"  {'':<{width}}  fix: {finding.fix}")
    errors, warnings = found.count("error"), found.count("warning")
    counts = [
        f"{count} {name}{'s' * (count != 1)}" for count, name in ((errors, "error"), (warnings, "warning")) if count
    ]
    return "\n".join([*lines[1:], "", " and ".join(counts) or "nothing is wrong"])
