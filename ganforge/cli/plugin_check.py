"""`ganforge plugin check`: the conformance kit without pytest."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganforge.cli.options import Data

if TYPE_CHECKING:
    from ganforge.testing.check import Result


def check(
    name: Annotated[str, typer.Argument(help="The plugin.")],
    component: Annotated[
        str | None, typer.Option("--component", help="Only this component's (huber, loss/huber, 'digit-*').")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CHECK", help="Only this check; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    data: Data = None,
) -> None:
    """Find what is wrong with a plugin's components.

    Builds each component, calls it on small examples, and reports for each check that fails what is wrong, why that
    matters and how to fix it. Exits with code 1 if one fails.
    """
    from ganforge.plugins.registry import Registry
    from ganforge.testing.check import check_named, run_check
    from ganforge.testing.checks import CHECKS, checks_of
    from ganforge.testing.subject import matching, subjects_of

    subjects = subjects_of(name, Registry(), data.absolute() if data else None)
    if component is not None:
        subjects = matching(component, subjects)
    wanted = [check_named(text, CHECKS) for text in only or []] or list(CHECKS)
    width = max(len(f"{subject.kind} {subject.name}") for subject in subjects)
    results: list[Result] = []
    for subject in subjects:
        with contextlib.redirect_stdout(sys.stderr):  # components may print whenever they are called
            found = [run_check(one, subject) for one in checks_of(subject.kind) if one in wanted]
        results += found
        if found and not as_json:
            print(f"{f'{subject.kind} {subject.name}':<{width}}  {_counts(found)}", flush=True)
    _report(results, as_json)
    if any(result.outcome == "failed" for result in results):
        raise typer.Exit(1)


def _report(results: list[Result], as_json: bool) -> None:
    if as_json:
        import json

        print(json.dumps([_plain(result) for result in results], indent=1))
        return
    skipped: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        if result.outcome == "failed":
            print(f"\nfailed: {result}\n  why   {result.check.why}\n  fix   {result.fix}")
        elif result.outcome == "skipped":
            skipped.setdefault((result.kind, result.name, result.what), []).append(result.check.name)
    for (kind, name, reason), checks in skipped.items():
        print(f"\nskipped: {kind} {name}, {', '.join(checks)}: {reason}")
    print(f"\n{_counts(results) or 'nothing to check'}")


def _counts(results: list[Result]) -> str:
    """`12 passed, 1 failed`."""
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if counts[outcome])


def _plain(result: Result) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "name": result.name,
        "check": result.check.name,
        "outcome": result.outcome,
        "what": result.what,
        "why": result.check.why if result.outcome == "failed" else "",
        "fix": result.fix,
    }
