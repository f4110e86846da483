"""What a run directory says of its run, read for the page without ever trusting that all of it is there."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ganforge.errors import RunError
from ganforge.judge import metric_of
from ganforge.meaning import Meanings
from ganforge.report.share import Share, share
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, is_run

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Child:
    """A run that this one builds on.

    Attributes:
        key: where the recipe names it, such as `judges.residual`.
        name: the run's.
        facts: of the run, or None if it does not lie beside this one.
    """

    key: str
    name: str
    facts: Facts | None


@dataclass(frozen=True)
class Origin:
    """Where images come from.

    Attributes:
        name: of the data in the recipe.
        component: the data set; a dash where the recipe does not say.
        notices: what a user should know of it.
        digest: of images and labels.
    """

    name: str
    component: str
    notices: tuple[str, ...]
    digest: str


class Facts:
    """What is known about a run; what is missing is empty.

    Args:
        run: the run directory.

    Raises:
        RunError: it is no run, or a file of it is damaged.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.record: Table = run.read_record()
        self.metrics: Table = _json(run)
        self.recipe_text = _text(run)
        try:
            self.recipe: Table = tomllib.loads(self.recipe_text)
        except tomllib.TOMLDecodeError:
            self.recipe = {}

    def of(self, *keys: str) -> Any:
        """A value of the recipe, or None."""
        value: Any = self.recipe
        for key in keys:
            value = table(value).get(key)
        return value

    def told(self, key: str) -> Table:
        """A table of the record."""
        return table(self.record.get(key))

    @cached_property
    def meanings(self) -> Meanings:
        """The meanings of its metrics; empty for a run that did not record them."""
        return Meanings.from_data(self.record.get("meanings"))

    @cached_property
    def loss_meanings(self) -> Meanings:
        """The meanings of its loss terms and monitors, likewise."""
        return Meanings.from_data(self.record.get("loss_meanings"))

    @property
    def description(self) -> str:
        """What the recipe says that it is."""
        return str(self.of("recipe", "description") or "")

    @property
    def transfer(self) -> tuple[str, str] | None:
        """The components of the data that is transferred, and of what it is transferred to; None for other methods."""
        measures = self.told("measures")
        source, target = measures.get("input"), measures.get("pictures_like")
        if not source or not target or source not in table(self.of("data")):
            return None
        return str(self.of("data", source, "use") or source), str(self.of("data", target, "use") or target)

    @property
    def imitated(self) -> str | None:
        """The component of the data that images are made like, out of noise; None for other methods."""
        target = self.told("measures").get("pictures_like")
        return str(self.of("data", target, "use") or target) if target and not self.transfer else None

    @property
    def reader(self) -> str:
        """The component that a run without pictures trains, such as a classifier's."""
        networks = [table(value).get("use") for value in table(self.of("networks")).values()]
        return str(networks[0]) if networks else str(self.record.get("method", "the network"))

    @cached_property
    def sets(self) -> dict[str, dict[str, float]]:
        """The metrics by image set; `images` is the number of images."""
        return {
            str(name): {key: float(value) for key, value in table(values).items() if isinstance(value, int | float)}
            for name, values in table(self.metrics.get("sets")).items()
        }

    @property
    def test_sets(self) -> list[str]:
        """The sets that the checkpoint was not chosen by; the validation set where there is no other."""
        return [name for name in self.sets if name != "validation"] or list(self.sets)

    def share(self, images: str, metric: str) -> Share | None:
        """A metric of a set as a share of its images, if it is one."""
        value, count = self.sets[images].get(metric), self.sets[images].get("images", 0)
        if value is None or not self.meanings[metric].is_share or not 0 <= value <= 1 or not 1 <= count < math.inf:
            return None
        return share(value, int(count))

    def parts(self, images: str, metric: str | None) -> list[str]:
        """The names of what a metric gave for a set: itself, or itself, a slash and each part."""
        return [name for name in self.sets[images] if metric_of(name) == metric]

    @property
    def data(self) -> list[Origin]:
        """The images that it was made from and measured on."""
        notices = self.told("notices")
        return [
            Origin(
                name, str(self.of("data", name, "use") or "\N{EN DASH}"), tuple(notices.get(name) or ()), str(digest)
            )
            for name, digest in self.told("digests").items()
        ]

    @cached_property
    def children(self) -> list[Child]:
        """The runs that this one builds on."""
        found = []
        for key, name in self.told("children").items():
            path = self.run.path.parent / str(name)
            # A name is no path: nothing outside of the folder of runs is looked at.
            beside = path.name == name and is_run(path)
            try:
                found.append(Child(str(key), str(name), Facts(RunDirectory(path)) if beside else None))
            except RunError:
                found.append(Child(str(key), str(name), None))
        return found


def table(value: Any) -> Table:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _json(run: RunDirectory) -> Table:
    try:
        return table(strict_json.loads(run.metrics.read_bytes()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"{run.metrics} is damaged: {error}") from error


def _text(run: RunDirectory) -> str:
    try:
        return run.recipe.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
