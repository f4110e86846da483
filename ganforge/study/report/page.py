"""The page of a study: one HTML file that needs nothing else."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

from ganforge.report import html
from ganforge.report.listing import Lines, listed, recipes
from ganforge.study.files import StudyFolder
from ganforge.study.report import origins
from ganforge.study.report.answer import answer
from ganforge.study.report.curves import multiples
from ganforge.study.report.dots import charts
from ganforge.study.report.gallery import galleries
from ganforge.study.report.material import MOST_SHOWN, Material, gather
from ganforge.study.report.rows import columns, entries
from ganforge.study.tables import caption, remarks


def write_page(folder: StudyFolder, target: Path | None = None) -> Path:
    """Write the page of a study as it is now, finished or not.

    Args:
        folder: the study's.
        target: the file to write, by default `report.html` in the folder.

    Returns:
        The file.

    Raises:
        RunError: a file of the study is damaged, its runs are gone, or the page cannot be written.
    """
    target = target or folder.report
    return html.write(render(folder, target.parent), target)


def render(folder: StudyFolder, page: Path) -> str:
    """The page as text.

    Args:
        folder: the study's.
        page: where the page will lie, for links to the reports of its runs.

    Raises:
        RunError: a file of the study is damaged, or its runs are gone.
    """
    material = gather(folder)
    results = material.results
    children = origins.children(material)
    return html.fill(
        "study",
        study=results.study,
        material=material,
        answer=answer(material),
        statuses=Counter(run.status for run in material.distinct.values()),
        charts=charts(material),
        columns=columns(material),
        entries=entries(material, page),
        caption=caption(results),
        remarks=remarks(results),
        galleries=galleries(material),
        most_shown=MOST_SHOWN,
        multiples=multiples(material),
        data=origins.data(material),
        children=children,
        links={child.name: html.link(child.facts.run.report, page) for child in children if child.facts},
        environment=origins.environment(material),
        recipes=_recipes(material),
        commands=_commands(material),
    )


def _recipes(material: Material) -> list[tuple[str, Lines]]:
    """The study file, and the resolved recipes of the first row's first run."""
    found = [("study.toml", listed(material.folder.study.read_text(encoding="utf-8", errors="replace")))]
    names = (run.name for row in material.results.rows for run in row.runs.values() if run.name in material.runs)
    first = next(names, None)
    return found + [(f"{first}/{name}", text) for name, text in recipes(material.runs[first])] if first else found


def _commands(material: Material) -> list[tuple[str, str]]:
    """What to type next, and what it does."""
    path = shlex.quote(str(material.folder.path))
    found = [
        (f"ganforge study {shlex.quote(str(material.folder.study))}", "goes on: what is finished is not run again"),
        (f"ganforge report {path}", "writes this page anew"),
    ]
    rows = [[run for run in row.runs.values() if run.status == "finished"] for row in material.results.rows]
    firsts = list(dict.fromkeys(runs[0].name for runs in rows if runs))[:2]
    if len(firsts) > 1:
        names = " ".join(shlex.quote(str(material.folder.path.parent / name)) for name in firsts)
        found.append((f"ganforge compare {names}", "shows what differs between two runs"))
    return found
