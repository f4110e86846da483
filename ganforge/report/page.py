"""The report of a run: a page that needs nothing else, not even the run itself."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from ganforge.report import html
from ganforge.report.answer import answer
from ganforge.report.charts import charts
from ganforge.report.confusion import confusions
from ganforge.report.facts import Facts, table
from ganforge.report.listing import recipes
from ganforge.report.pictures import grids, picture_uri
from ganforge.report.readings import Reader, Readings, load
from ganforge.report.warned import warnings
from ganforge.runs import journal
from ganforge.runs.directory import RunDirectory


@dataclass(frozen=True)
class Pair:
    """An image and what became of it.

    Attributes:
        index: its place in the set.
        label: its class, or None.
        source: data URI.
        result: data URI.
        said: by reader, judges first: its name, whether it is the run's own network, and the classes that it reads (one
            for each of its scores), each with whether that is the label.
        misread: how many judges read another class than the label.
        extra: whether it is shown besides the sample, because judges misread it.
    """

    index: int
    label: int | None
    source: str
    result: str
    said: list[tuple[str, bool, list[tuple[int, bool]]]]
    misread: int
    extra: bool


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
    """The page as text.

    Args:
        run: the run directory.
        folder: where the page will lie, for links to the reports of the runs that this one builds on.

    Raises:
        RunError: a file of the run is damaged.
    """
    facts = Facts(run)
    readings = load(run.readings)
    kept = facts.metrics.get("step")
    records = journal.read(run.journal)
    drawn, warned = charts(records, facts.meanings, facts.loss_meanings), warnings(records)
    return html.fill(
        "run",
        facts=facts,
        answer=answer(facts),
        warnings=warned,
        readings=readings,
        pairs=_pairs(readings),
        grids=grids(run.samples, [kept] if isinstance(kept, int) else []),
        charts=drawn,
        curves={"charts": drawn, "kept": kept, "warnings": [asdict(one) for one in warned]},
        confusions=[(one, found) for one in readings if (found := confusions(one))],
        recipes=recipes(facts),
        links={child.name: html.link(child.facts.run.report, folder) for child in facts.children if child.facts},
        environment=_environment(facts),
        commands=_commands(facts),
        metric_names=dict.fromkeys(name for values in facts.sets.values() for name in values if name != "images"),
        name_of=lambda component: component.split("/", 1)[-1],
    )


def _pairs(readings: list[Readings]) -> list[Pair]:
    found = []
    for one in readings:
        if one.pairs is None:
            continue
        misread = one.misread()
        readers = sorted(one.readers, key=lambda reader: not reader.judge)
        for place, index in enumerate(map(int, one.pairs.indices)):
            label = None if one.labels is None else int(one.labels[index])
            found.append(
                Pair(
                    index,
                    label,
                    picture_uri(one.pairs.inputs[place]),
                    picture_uri(one.pairs.outputs[place]),
                    _said(readers, index, label),
                    int(misread[index]),
                    place >= one.pairs.sample,
                )
            )
    return found


def _said(readers: list[Reader], index: int, label: int | None) -> list[tuple[str, bool, list[tuple[int, bool]]]]:
    said: dict[tuple[str, bool], list[tuple[int, bool]]] = {}
    for reader in readers:
        read = int(reader.classes[index])
        said.setdefault((reader.name, not reader.judge), []).append((read, label is None or read == label))
    return [(name, own, classes) for (name, own), classes in said.items()]


def _environment(facts: Facts) -> list[tuple[str, list[tuple[str, str]]]]:
    """Tables of terms and values: what the run's bits depend on, which code ran, and where."""
    told = facts.told("environment")
    run = {key: facts.record.get(key) for key in ("name", "hash", "method", "status", "started")}
    groups = {
        "Run": {"recipe hash" if key == "hash" else key: value for key, value in run.items() if value},
        "Fingerprint": facts.told("fingerprint"),
        "Plugins": facts.told("plugins"),
        "Packages": table(told.get("packages")),
        "Machine": {key: value for key, value in told.items() if key != "packages" and value},
    }
    return [(title, [(key, str(value)) for key, value in found.items()]) for title, found in groups.items() if found]


def _commands(facts: Facts) -> list[tuple[str, str]]:
    """What to type next, and what it does."""
    path = shlex.quote(str(facts.run.path))
    if facts.record.get("status") != "finished":
        return [(f"ganforge resume {path}", "goes on to the result, the same to the bit as without the interruption")]
    found = [
        (f"ganforge evaluate {path}", "measures again, with the data at hand"),
        (f"ganforge evaluate {path} --batch-norm batch", "measures with the statistics of each test batch"),
        (f"ganforge report {path}", "writes this page anew"),
    ]
    if facts.transfer:
        found.insert(0, (f"ganforge transfer {path} IMAGES -o FOLDER", "transfers your own images"))
    if facts.imitated:
        found.insert(0, (f"ganforge sample {path} -n 64 -o FOLDER", "makes other images of noise"))
    return found
