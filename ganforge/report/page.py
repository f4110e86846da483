"""The report of a run: one HTML file that needs nothing else, neither network nor server nor the run itself."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ganforge import __version__
from ganforge.errors import RunError
from ganforge.report.answer import answer
from ganforge.report.charts import charts
from ganforge.report.confusion import confusions
from ganforge.report.facts import Child, Facts, table
from ganforge.report.pictures import grids, picture_uri
from ganforge.report.readings import Reader, Readings, load
from ganforge.runs import atomic, journal
from ganforge.runs.directory import RunDirectory

_TEMPLATES = "template"
LONGEST_TEXT = 100_000
"""Characters of a recipe that are shown, at most."""
MOST_RECIPES = 12


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
    page = render(run, target.parent)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_file(target, page.encode("utf-8", "replace"))
    except OSError as error:
        raise RunError(
            f"{target} cannot be written: {error.strerror or error}", fix="make room, or give another file with -o"
        ) from error
    return target


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
    jinja = Environment(
        loader=PackageLoader("ganforge.report", _TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    style, script = _text("page.css"), _text("page.js")
    return jinja.get_template("page.html.j2").render(
        style=Markup(style),
        script=Markup(script),
        # The page may run this one script and load nothing: what a hostile name might smuggle in stays dead.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        facts=facts,
        answer=answer(facts),
        readings=readings,
        pairs=_pairs(readings),
        grids=grids(run.samples, [kept] if isinstance(kept, int) else []),
        charts=charts(journal.read(run.journal)),
        confusions=[(one, found) for one in readings if (found := confusions(one))],
        recipes=_recipes(facts),
        links={child.name: _link(child, folder) for child in facts.children},
        environment=_environment(facts),
        commands=_commands(facts),
        metric_names=dict.fromkeys(name for values in facts.sets.values() for name in values if name != "images"),
        name_of=lambda component: component.split("/", 1)[-1],
        version=__version__,
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


def _recipes(facts: Facts) -> list[tuple[str, list[tuple[str, str]]]]:
    """The resolved recipe and those that it names: file name, and lines with what each is."""
    folder = facts.run.path / "recipes"
    others = sorted(folder.glob("*.toml"))[:MOST_RECIPES] if folder.is_dir() else []
    texts = [(facts.run.recipe.name, facts.recipe_text)]
    texts += [(f"recipes/{path.name}", path.read_text(encoding="utf-8", errors="replace")) for path in others]
    return [(name, _lines(text)) for name, text in texts if text]


def _lines(text: str) -> list[tuple[str, str]]:
    shown = text[:LONGEST_TEXT]
    kinds = {"[": "toml-table", "#": "toml-comment"}
    lines = [(kinds.get(line.lstrip()[:1], "toml-key"), line) for line in shown.splitlines()]
    return [*lines, ("toml-comment", "# ... and more that is not shown here")] if len(text) > len(shown) else lines


def _link(child: Child, folder: Path) -> str | None:
    """Where the report of another run lies, as seen from the page."""
    if child.facts is None or not child.facts.run.report.is_file():
        return None
    try:
        return quote(Path(os.path.relpath(child.facts.run.report, folder)).as_posix())
    except ValueError:  # On another drive.
        return None


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
    return found


def _text(name: str) -> str:
    return resources.files("ganforge.report").joinpath(_TEMPLATES, name).read_text(encoding="utf-8")
