"""A checked study: its rows, and for each row and seed a checked recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from ganforge.recipe.document import Document
from ganforge.recipe.recipe import Recipe
from ganforge.study.schema import Changes, SearchTable, StudyTable


@dataclass(frozen=True)
class Variant:
    """A row of the table.

    Attributes:
        name: as the study file has it; trials of a search are called `trial-000` and so on.
        title: what the row is called.
        note: a remark, or nothing.
        metric: the metric of the row.
        changes: what differs from the base recipe, by dotted key.
        reference: numbers of others, by column.
        recipes: by seed; none of a trial whose combination of values no recipe can have, as its note says.
        drawn: of a trial, the changes that the search made.
    """

    name: str
    title: str
    note: str
    metric: str
    changes: Changes
    reference: Mapping[str, float | str]
    recipes: Mapping[int, Recipe]
    drawn: Changes = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study without mistakes.

    Attributes:
        document: the file and the overrides that it came from.
        table: what all rows share.
        variants: the rows, in their order; of an adaptive search, those that are known so far.
        search: how rows are drawn, or None.
        base: the recipe that a search varies; None without a search.
    """

    document: Document
    table: StudyTable
    variants: tuple[Variant, ...]
    search: SearchTable | None
    base: Document | None = None

    @property
    def name(self) -> str:
        """The study's name."""
        return self.table.name

    @property
    def trials(self) -> list[Variant]:
        """The rows that a search has drawn, in their order."""
        return [variant for variant in self.variants if variant.drawn]

    @property
    def open(self) -> int:
        """How many trials are still to be suggested by what earlier ones show."""
        if self.search is None or self.search.method != "tpe":
            return 0
        return max(0, (self.search.trials or 0) - len(self.trials))

    @property
    def columns(self) -> list[str]:
        """The image sets, and those of test images again for each further mode of batch norm."""
        sets = self.table.sets
        tests = [name for name in sets if name != "validation"]
        return [*sets, *(in_mode(name, mode) for mode in self.table.batch_norm for name in tests)]

    def recipes(self) -> Iterator[tuple[Variant, int, Recipe]]:
        """Every row with every seed and its recipe."""
        for variant in self.variants:
            for seed, recipe in variant.recipes.items():
                yield variant, seed, recipe

    def dumps(self) -> str:
        """The study as TOML, overrides included; recipes by their absolute paths, so that it stands anywhere."""
        folder = self.document.path.parent
        data: dict[str, Any] = {**self.document.data}
        data["study"] = _anchored(data["study"], folder)
        if "variants" in data:
            data["variants"] = {name: _anchored(table, folder) for name, table in data["variants"].items()}
        return tomlkit.dumps(data)


def in_mode(image_set: str, mode: str) -> str:
    """What an image set is called where it was measured in a given mode of batch norm."""
    return f"{image_set} [{mode}]"


def _anchored(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    file = folder / table["base"] if "base" in table else None
    return {**table, "base": str(file.absolute())} if file and file.is_file() else dict(table)
