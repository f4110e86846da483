"""The page of a run: an HTML file that needs nothing else, not even the run itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ganforge.report import html
from ganforge.report.bars import bars
from ganforge.report.charts import charts
from ganforge.report.confusion import confusions
from ganforge.report.examples import examples
from ganforge.report.facts import Facts
from ganforge.report.pictures import grids
from ganforge.report.readings import load_readings
from ganforge.runs.directory import RunDirectory


def write_report(run: RunDirectory, target: Path | None = None) -> Path:
    """Write the report of a run as it is now, finished or not.

    Args:
        run: the run directory.
        target: the file to write, by default `report.html` in the directory.

    Returns:
        The file.

    Raises:
        RunError: a file of the run is damaged, or the report cannot be written.
    """
    target = target or run.report
    return html.write(render(run, target.parent), target)


def render(run: RunDirectory, folder: Path) -> str:
    """Return the page as text.

    Args:
        run: the run directory.
        folder: the page's folder, for links to the reports of the runs that this one builds on.

    Raises:
        RunError: a file of the run is damaged.
    """
    facts = Facts(run)
    readings = load_readings(run.readings)
    kept = facts.metrics.get("step")
    unreadable: list[int] = []
    pictured = grids(run.samples, [kept] if isinstance(kept, int) else [], unreadable.append)
    drawn = charts(facts.journal, facts.meanings, facts.loss_meanings)
    described = {key: facts.record.get(key) for key in ("name", "hash", "method", "status", "started")}
    shown = {"recipe hash" if key == "hash" else key: value for key, value in described.items() if value}
    if facts.lengthenings:
        shown["trained longer"] = "; ".join(facts.lengthenings)
    if facts.repairs:
        shown["repaired"] = "; ".join(facts.repairs)
    tables = {"Run": shown, **facts.provenance}
    return html.fill(
        "run",
        facts=facts,
        bars=bars(facts),
        readings=readings,
        pairs=[pair for one in readings for pair in examples(one)],
        grids=pictured,
        damaged=unreadable,
        charts=drawn,
        curves={"charts": drawn, "kept": kept, "warnings": [asdict(one) for one in facts.warnings]},
        confusions=[(one, found) for one in readings if (found := confusions(one))],
        links={child.name: html.link(child.facts.run.report, folder) for child in facts.children if child.facts},
        provenance=[(title, html.terms([found])) for title, found in tables.items() if found],
        metric_names=dict.fromkeys(name for values in facts.sets.values() for name in values if name != "images"),
        name_of=lambda component: component.split("/", 1)[-1],
    )
