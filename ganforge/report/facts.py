"""Facts that a run directory holds about its run, read without assuming that every file is there or complete."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ganforge.errors import RunError, command, os_errors_as
from ganforge.judge import metric_of
from ganforge.meaning import Meanings
from ganforge.recipe.document import LARGEST_RECIPE
from ganforge.regular_file import read_regular
from ganforge.report.numbers import Share, clock, gibibytes, share
from ganforge.runs import journal, kept, strict_json
from ganforge.runs.directory import RunDirectory, is_run

Table = Mapping[str, Any]
MOST_RECIPES = 12


@dataclass(frozen=True)
class Child:
    """A run that another one builds on.

    Attributes:
        key: the recipe's key for it, such as `judges.residual`.
        name: the run's name.
        facts: its facts, or None if it is not in the same folder of runs.
    """

    key: str
    name: str
    facts: Facts | None


@dataclass(frozen=True)
class Origin:
    """The source of images.

    Attributes:
        name: the data table in the recipe.
        component: the dataset; a dash if the recipe does not say.
        notices: the dataset's notices to the user.
        digest: SHA-256 of images and labels.
    """

    name: str
    component: str
    notices: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Warned:
    """A warning given during training.

    Attributes:
        step: the step.
        name: its name, such as `d-has-won`.
        text: the problem and what to try.
    """

    step: int
    name: str
    text: str


class Facts:
    """Facts about a run; missing ones are empty.

    Args:
        run: the run directory.

    Attributes:
        run: the same.
        record: `run.json`.
        metrics: `metrics.json`.

    Raises:
        RunError: it is not a run, or a file that it keeps is damaged.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.record: Table = run.read_record()
        kept.require_readable(run)
        self.metrics: Table = {}
        try:
            self.metrics = table(strict_json.loads(read_regular(run.metrics)))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise RunError(f"{run.metrics} is damaged: {error}", fix=command("resume", run.path)) from error

    @cached_property
    def recipe_text(self) -> str:
        """The resolved recipe as TOML."""
        return self._text(self.run.recipe)

    @cached_property
    def recipe(self) -> Table:
        """The resolved recipe as tables."""
        try:
            return tomllib.loads(self.recipe_text)
        except (ValueError, RecursionError):
            return {}

    @property
    def lengthenings(self) -> list[str]:
        """The changes of the number of steps that the run was given on the way, such as `100 to 200 steps`."""
        found = self.record.get("lengthened", [])
        return [f"{one.get('from')} to {one.get('to')} steps" for one in map(table, found if found is not None else [])]

    @property
    def repairs(self) -> list[str]:
        """The files that it had lost and made again, such as `metrics.json (damaged)`."""
        found = [table(one.get("lost")) for one in map(table, self.record.get("repairs") or [])]
        return [f"{name} ({loss})" for lost in found for name, loss in lost.items()]

    @property
    def recipes(self) -> list[tuple[str, str]]:
        """File names and texts of the recipe and of those that it builds on."""
        folder = self.run.path / "recipes"
        others = sorted(folder.glob("*.toml"))[:MOST_RECIPES] if folder.is_dir() else []
        found = [(self.run.recipe.name, self.recipe_text)]
        found += [(f"recipes/{path.name}", self._text(path)) for path in others]
        return [(name, text) for name, text in found if text]

    def _text(self, path: Path) -> str:
        """Return a recipe of the run as text, empty if it is missing."""
        with os_errors_as(RunError, f"{path} cannot be read", fix="put the file itself there"):
            try:
                return read_regular(path, LARGEST_RECIPE, self.run.path).decode("utf-8", "replace")
            except FileNotFoundError:
                return ""

    @cached_property
    def journal(self) -> list[dict[str, Any]]:
        """The records of the journal.

        Raises:
            RunError: it cannot be read.
        """
        return journal.read_journal(self.run.journal)

    @cached_property
    def warnings(self) -> list[Warned]:
        """The warnings in the journal, and those of damage to the journal itself."""
        found = [
            Warned(record["step"], str(record.get("name", "")), str(record.get("text", "")))
            for record in self.journal
            if record.get("event") == "warning" and isinstance(record.get("step"), int)
        ]
        lost = [
            table(one.get("lost")).get(self.run.journal.name) for one in map(table, self.record.get("repairs") or [])
        ]
        texts = [f"the journal was {loss}: lines of it are left out" for loss in lost if loss]
        found += [Warned(0, "journal-repaired", text) for text in texts]
        if damaged := journal.damaged_lines(self.run.journal):
            found.append(Warned(0, "journal-damaged", journal.left_out(damaged)))
        return found

    def recorded(self, key: str) -> Table:
        """Return a table of the record."""
        return table(self.record.get(key))

    def setting(self, *keys: str) -> Any:
        """Return a value of the recipe, or None."""
        value: Any = self.recipe
        for key in keys:
            value = table(value).get(key)
        return value

    @property
    def transfer(self) -> tuple[str, str] | None:
        """The datasets that images are transferred from and to; None for other methods."""
        measures = self.recorded("measures")
        source, target = measures.get("input"), measures.get("pictures_like")
        if not source or not target or source not in table(self.setting("data")):
            return None
        return self.dataset(source), self.dataset(target)

    @property
    def imitated(self) -> str | None:
        """The dataset that images made of noise resemble; None for other methods."""
        target = self.recorded("measures").get("pictures_like")
        return self.dataset(target) if target and not self.transfer else None

    @property
    def reader(self) -> str:
        """The network of a run that makes no pictures, such as a classifier."""
        networks = [table(value).get("use") for value in table(self.setting("networks")).values()]
        return str(networks[0]) if networks else str(self.record.get("method", "the network"))

    def dataset(self, name: str) -> str:
        """Return the dataset of a data table, or the table's name if the recipe does not say."""
        return str(self.setting("data", name, "use") or name)

    @cached_property
    def meanings(self) -> Meanings:
        """The meanings of its metrics; empty for a run that did not record them."""
        return Meanings.from_data(self.record.get("meanings"))

    @cached_property
    def loss_meanings(self) -> Meanings:
        """The meanings of its loss terms and monitors, likewise."""
        return Meanings.from_data(self.record.get("loss_meanings"))

    @cached_property
    def sets(self) -> dict[str, dict[str, float]]:
        """The metrics by image set; `images` is the number of images."""
        return {
            str(name): {key: value for key, value in table(values).items() if isinstance(value, int | float)}
            for name, values in table(self.metrics.get("sets")).items()
        }

    @property
    def test_sets(self) -> list[str]:
        """The image sets that did not choose the checkpoint, or the validation set if there are no others."""
        return [name for name in self.sets if name != "validation"] or list(self.sets)

    def share(self, images: str, metric: str) -> Share | None:
        """Return a metric of an image set as a share of its images, or None if it is not one."""
        value, count = self.sets[images].get(metric), self.sets[images].get("images", 0)
        if value is None or not self.meanings[metric].is_share or not 0 <= value <= 1 or not 1 <= count < math.inf:
            return None
        return share(value, int(count))

    def parts(self, images: str, metric: str | None) -> list[str]:
        """Return the keys of a metric's numbers on an image set: `metric`, or `metric/part` for each part."""
        return [name for name in self.sets[images] if metric_of(name) == metric]

    @property
    def judges(self) -> dict[str, bool]:
        """The judges in its recipe, each with True if it takes part in training."""
        return {name: bool(table(value).get("circular")) for name, value in table(self.setting("judges")).items()}

    @property
    def costs(self) -> list[str]:
        """The time and memory of the training, formatted, where they are known."""
        memory = table(self.metrics.get("memory"))
        known = [
            (self.metrics.get("seconds"), clock, ""),
            (memory.get("process"), gibibytes, ""),
            (memory.get("gpu"), gibibytes, " of the GPU"),
        ]
        return [
            f"{write(value)}{of}"
            for value, write, of in known
            if isinstance(value, int | float) and math.isfinite(value)
        ]

    @property
    def provenance(self) -> dict[str, Table]:
        """The fingerprint, plugins, packages and machine of the run: terms and values by title."""
        environment = self.recorded("environment")
        return {
            "Fingerprint": self.recorded("fingerprint"),
            "Plugins": self.recorded("plugins"),
            "Packages": table(environment.get("packages")),
            "Machine": {key: value for key, value in environment.items() if key != "packages" and value},
        }

    @property
    def data(self) -> list[Origin]:
        """The images that it was trained and measured on."""
        notices, found = self.recorded("notices"), []
        for name, digest in self.recorded("digests").items():
            component = str(self.setting("data", name, "use") or "\N{EN DASH}")
            found.append(Origin(name, component, tuple(notices.get(name) or ()), str(digest)))
        return found

    @cached_property
    def children(self) -> list[Child]:
        """The runs that it builds on."""
        found = []
        for key, name in self.recorded("children").items():
            path = self.run.path.parent / str(name)
            # A name is not a path: nothing outside the folder of runs is read.
            beside = path.name == name and is_run(path)
            try:
                found.append(Child(str(key), str(name), Facts(RunDirectory(path)) if beside else None))
            except RunError:
                found.append(Child(str(key), str(name), None))
        return found


def table(value: Any) -> Table:
    """Return the value if it is a table, else an empty one."""
    return value if isinstance(value, Mapping) else {}
