"""`ganforge plugin`: write a new plugin, and check one with the conformance kit, without pytest."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganforge.cli import completion
from ganforge.cli.options import Data

if TYPE_CHECKING:
    from ganforge.testing.check import Result

app = typer.Typer(help="Write and check plugins.", no_args_is_help=True, rich_markup_mode=None)
app.callback()(lambda: None)


class Part(StrEnum):
    """A kind of component, with an example in a new plugin."""

    loss = "loss"
    distance = "distance"
    discriminator = "discriminator"
    dataset = "dataset"


@app.command("new", epilog="ganforge plugin new ganforge-acme --part loss")
def new(
    name: Annotated[str | None, typer.Argument(help="The plugin's name: acme, or ganforge-acme.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", "-o", help="Where to write it.", show_default="ganforge-NAME")
    ] = None,
    description: Annotated[str | None, typer.Option(help="One line.", show_default="asked for")] = None,
    author: Annotated[str | None, typer.Option(help="The author's name.", show_default="asked for")] = None,
    part: Annotated[
        list[Part] | None, typer.Option(help="Have an example of this kind; repeatable.", show_default="all")
    ] = None,
) -> None:
    """Write a new plugin: a package with a loss, a distance, a discriminator, a dataset, tests and a recipe.

    On a terminal, missing options are asked for. A folder with files in it is left alone.
    """
    from ganforge.errors import UsageError
    from ganforge.scaffold.package import PARTS, Package, plugin_name, write

    asks = sys.stdin.isatty()
    if name is None:
        if not asks:
            raise UsageError("the plugin needs a name", fix="ganforge plugin new ganforge-acme")
        name = str(typer.prompt("Name of the plugin"))
    name = plugin_name(name)
    default = f"Components of {name} for ganforge."
    if description is None:
        description = str(typer.prompt("Description", default)) if asks else default
    if author is None:
        author = str(typer.prompt("Author", "")) if asks else ""
    chosen = tuple(kind for kind in PARTS if not part or kind in part)
    package = Package(name, " ".join(description.split()) or default, author.strip(), chosen)
    folder = folder or Path(package.distribution)
    for path in write(package, folder):
        print(path)
    print(f"\nnext:  cd {shlex.quote(str(folder))}; uv pip install -e . && pytest; ganforge run {package.recipe}")


@app.command("check", epilog="ganforge plugin check acme --component huber --only gradient")
def check(
    name: Annotated[str, typer.Argument(help="The plugin.", autocompletion=completion.plugins)],
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
    if as_json:
        print(json.dumps([_as_data(result) for result in results], indent=1))
    else:
        _print_problems(results)
    if any(result.outcome == "failed" for result in results):
        raise typer.Exit(1)


def _print_problems(results: list[Result]) -> None:
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
    """Count outcomes: `12 passed, 1 failed`."""
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if counts[outcome])


def _as_data(result: Result) -> dict[str, str | None]:
    return {
        "kind": result.kind,
        "name": result.name,
        "check": result.check.name,
        "outcome": result.outcome,
        "what": result.what,
        "why": result.check.why if result.outcome == "failed" else "",
        "fix": result.fix,
    }
