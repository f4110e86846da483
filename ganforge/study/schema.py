"""Tables of a study file: keys, types, defaults and descriptions."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from ganforge.recipe.schema import Count, Step, Table

Changes = dict[str, Any]
MOST_TRIALS = 10_000


class StudyTable(Table):
    """`[study]`: settings of all rows."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")] = Field(
        description="name of the study's folder: letters, digits, `.`, `_`, `-`"
    )
    description: str = Field("", description="one line for `ganforge recipes`")
    base: str = Field(description="the recipe that is varied: a file beside the study, or a shipped recipe")
    seeds: list[Step] = Field([0, 1, 2], min_length=1, description="each variant is run once with each seed")
    metric: str = Field(description="the metric of the table, by its name in the recipes, or `metric/part`")
    sets: list[str] = Field(
        ["validation", "test"],
        min_length=1,
        description="image sets of the runs, a column each: `validation`, `test` or any other [data.test...]",
    )
    batch_norm: list[Literal["running", "batch", "recalibrated"]] = Field(
        [], description="modes of batch norm to measure test images in besides the runs' own, with columns of their own"
    )
    also: list[str] = Field(
        [], description="other metrics or parts to show beside it, such as controls, of the last image set"
    )
    set: Changes = Field({}, description='keys of every recipe and their values, such as { "train.steps" = 2000 }')

    @property
    def columns(self) -> list[str]:
        """The image sets, and those of test images again for each further mode of batch norm."""
        tests = [name for name in self.sets if name != "validation"]
        return [*self.sets, *(in_mode(name, mode) for mode in self.batch_norm for name in tests)]


def in_mode(image_set: str, mode: str) -> str:
    """Return the name of an image set measured in a given mode of batch norm."""
    return f"{image_set} [{mode}]"


class VariantTable(Table):
    """`[variants.NAME]`: a row of the table."""

    title: str | None = Field(None, description="title of the row; unset means its name")
    note: str = Field("", description="a remark below the table")
    base: str | None = Field(None, description="another recipe than the study's")
    metric: str | None = Field(None, description="another metric than the study's")
    set: Changes = Field({}, description='keys of the recipe, such as { "losses.identity.weight" = 0 }')
    reference: dict[str, float | str] = Field(
        {}, description="published numbers to show beside it, by column, such as { paper = 74.55 }"
    )


class Range(Table):
    """`{ low = 1e-4, high = 1e-3, log = true }`: a range of numbers, whole ones if both ends are whole."""

    low: int | float = Field(description="the smallest value")
    high: int | float = Field(description="the largest value")
    log: bool = Field(False, description="spread evenly over orders of magnitude")

    @property
    def whole(self) -> bool:
        """True if its numbers are whole."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @model_validator(mode="after")
    def _rising(self) -> Range:
        if self.low >= self.high:
            raise ValueError("low must be less than high")
        if self.log and self.low <= 0:
            raise ValueError("low must be greater than 0 with log = true")
        return self


Choices = Annotated[
    Annotated[Annotated[list[Any], Field(min_length=1)], Tag("list")] | Annotated[Range, Tag("Range")],
    Discriminator(lambda value: "Range" if isinstance(value, dict | Range) else "list"),
]


class SearchTable(Table):
    """`[search]`: rows that are drawn instead of written down."""

    method: Literal["random", "grid", "tpe"] = Field(
        "random", description="draw at random, try every combination, or learn from earlier trials (tpe; needs optuna)"
    )
    trials: Count | None = Field(None, description="number of trials; a grid has as many as it has combinations")
    startup: Count = Field(10, description="number of tpe's first trials that are drawn at random")
    seed: Step = Field(0, description="seed of the random draws")
    direction: Literal["maximize", "minimize"] | None = Field(
        None,
        description="best values of the study's metric; unset means as the metric declares, or the highest",
    )
    keys: dict[str, Choices] = Field(
        min_length=1, description="keys of the recipe, each with a list of values or a range { low, high, log }"
    )

    @model_validator(mode="after")
    def _possible(self) -> SearchTable:
        if (self.trials is None) != (self.method == "grid"):
            raise ValueError(f"{self.method} {'needs' if self.trials is None else 'takes no'} trials")
        if self.method != "tpe" and "startup" in self.model_fields_set:
            raise ValueError(f"{self.method} takes no startup, which is for tpe")
        if self.method == "tpe" and self.trials is not None and self.trials <= self.startup:
            raise ValueError(f"tpe needs more trials than its startup of {self.startup}")
        ranges = [key for key, choices in self.keys.items() if isinstance(choices, Range)]
        if self.method == "grid" and ranges:
            raise ValueError(f"a grid needs a list of values for {ranges[0]}, not a range")
        lists = [choices for choices in self.keys.values() if isinstance(choices, list)]
        if (count := self.trials or math.prod(map(len, lists))) > MOST_TRIALS:
            raise ValueError(f"{self.method} has {count:,} trials: at most {MOST_TRIALS:,} are made")
        return self


NESTED_TABLES: dict[str, type[Table]] = {"Range": Range}
