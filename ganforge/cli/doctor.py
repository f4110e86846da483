"""`ganforge doctor`: installed parts and their errors, to read and to paste into a bug report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli.options import with_place
from ganforge.folders import PlaceOptions

if TYPE_CHECKING:
    from ganforge.doctor import Finding


@with_place("data", "runs", "cache")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    *,
    place: PlaceOptions,
) -> None:
    """Examine the installation: plugins, torch, GPUs, folders.

    Each error has its reason and its fix; the exit code is 1 if there is one. The home folder and the user's name are
    left out, so that the page may be pasted into a bug report.
    """
    from ganforge.doctor.examine import examine, redact, this_user

    found = examine(**place)
    states = Counter(finding.state for findings in found.values() for finding in findings)
    if as_json:
        sections = [{"title": title, "findings": list(map(asdict, findings))} for title, findings in found.items()]
        print(json.dumps(redact({"usable": not states["error"], "sections": sections}, *this_user()), indent=1))
    else:
        counts = [f"{states[name]} {name}{'s' * (states[name] != 1)}" for name in ("error", "warning") if states[name]]
        lines = [*_lines(found), "", " and ".join(counts) or "nothing is wrong"]
        print(redact("\n".join(lines), *this_user()))
    if states["error"]:
        raise typer.Exit(1)


def _lines(found: dict[str, list[Finding]]) -> list[str]:
    """Write the findings as text, with marks at warnings and errors, and their fixes below them."""
    lines: list[str] = []
    width = max(len(finding.name) for findings in found.values() for finding in findings)
    for title, findings in found.items():
        lines += ["", title]
        for finding in findings:
            mark = "" if finding.state == "ok" else f"{finding.state}: "
            lines.append(f"  {finding.name:<{width}}  {mark}{finding.text}")
            if finding.fix:
                lines.append(f"  {'':<{width}}  fix: {finding.fix}")
    return lines[1:]
