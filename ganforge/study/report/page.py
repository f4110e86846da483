"""The page of a study: one HTML file that needs nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from ganforge.judge import CIRCULAR
from ganforge.report import html
from ganforge.report.charts import multiples
from ganforge.report.facts import Child, Facts, Origin
from ganforge.study.report.answer import answer
from ganforge.study.report.chart import charts
from ganforge.study.report.gallery import galleries
from ganforge.study.results import Results, Row
from ganforge.study.saved import StudyFolder
from ganforge.study.tables import caption, columns, measured, remarks

MOST_SHOWN = 24
"""The largest number of rows with pictures and curves."""


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
    results = folder.read()
    facts = [run.facts for run in results.runs.values() if run.facts]
    shown = shown_rows(results)
    children = children_of(facts)
    built_on = [child.facts for child in children if child.facts]
    recipes = [(f"{one.run.name}/{name}", text) for one in facts[:1] for name, text in one.recipes]
    firsts = dict.fromkeys(next(iter(row.finished.values())).name for row in results.rows if row.finished)
    page = html.fill(
        "study",
        results=results,
        study=results.study,
        answer=answer(results),
        statuses=Counter(run.status for run in results.runs.values()),
        charts=charts(results),
        columns=columns(results),
        changes=[own_changes(results, row) for row in results.rows],
        best=results.best(results.image_set),
        circular=[row for row in results.rows if results.is_circular(row)],
        CIRCULAR=CIRCULAR,
        measured=measured,
        caption=caption(results),
        remarks=remarks(results),
        galleries=galleries(shown),
        most_shown=MOST_SHOWN,
        multiples=multiples([(row.title, row.facts) for _, row in shown], results.study.metric),
        data=origins(facts),
        children=children,
        links={one.run.name: html.link(one.run.report, target.parent) for one in [*facts, *built_on]},
        provenance=provenance(facts),
        recipes=[("study.toml", folder.text()), *recipes],
        folder=folder,
        compared=[folder.path.parent / name for name in list(firsts)[:2]],
    )
    return html.write(page, target)


def shown_rows(results: Results) -> list[tuple[int, Row]]:
    """Return the rows with pictures and curves, with their indices in the table: those with runs of their own."""
    found: dict[tuple[str, ...], tuple[int, Row]] = {}
    for place, row in enumerate(results.rows):
        found.setdefault(tuple(run.name for run in row.runs.values()), (place, row))
    return list(found.values())[:MOST_SHOWN]


def own_changes(results: Results, row: Row) -> list[tuple[str, str]]:
    """Return the keys and values that a row changes and not every row."""
    shared = results.study.set
    changes = [(key, value) for key, value in row.changes.items() if key not in shared or shared[key] != value]
    base = [("base", row.base)] if row.base else []
    return base + [(key, json.dumps(value, ensure_ascii=False, default=str)) for key, value in changes]


def provenance(runs: list[Facts]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the fingerprints, plugins, packages and machines of all runs: terms and values by title."""
    known = [facts.provenance for facts in runs if facts.recorded("environment")]
    titles = known[0] if known else {}
    return [(title, found) for title in titles if (found := html.terms(tables[title] for tables in known))]


def origins(runs: list[Facts]) -> list[Origin]:
    """Return the images of all runs, each once."""
    return list({(one.name, one.digest): one for facts in runs for one in facts.data}.values())


def children_of(runs: list[Facts]) -> list[Child]:
    """Return the runs that all these build on, each once, with all keys that name it."""
    found: dict[str, list[Child]] = {}
    for child in (child for facts in runs for child in facts.children):
        found.setdefault(child.name, []).append(child)
    return [Child(", ".join({child.key: None for child in same}), name, same[0].facts) for name, same in found.items()]
