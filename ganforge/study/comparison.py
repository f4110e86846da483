"""Comparison of runs: differences in recipe, versions, data and machine, beside their metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganforge.errors import GanforgeError
from ganforge.meaning import Meanings
from ganforge.plugins.registry import Registry
from ganforge.recipe.difference import contrast
from ganforge.report.facts import Facts
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import stored_recipe

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: their directories.
        statuses: their statuses.
        differences: by section (`recipe`, `versions`, `data`, `machine`), the keys that are not the same in all runs,
            with each run's value; a section without differences is left out.
        metrics: by image set and metric, each run's value; None where a run has none.
        meanings: the meanings of the metrics.
    """

    runs: list[str]
    statuses: list[str]
    differences: dict[str, Rows]
    metrics: dict[str, dict[str, list[float | None]]]
    meanings: Meanings

    def as_data(self) -> dict[str, Any]:
        """Return the same as JSON values."""
        return {**vars(self), "meanings": self.meanings.as_data()}


def compare(runs: Sequence[RunDirectory], registry: Registry) -> Comparison:
    """Compare runs.

    Recipes are compared by what decides the result; the runs that they build on count by their content.

    Raises:
        RunError: a run's record or metrics are damaged.
    """
    known = [Facts(run) for run in runs]
    tables: dict[str, list[Mapping[str, Any]]] = {
        "recipe": [_identity(run, registry) for run in runs],
        "versions": [
            {
                "python": facts.recorded("environment").get("python"),
                **facts.provenance["Packages"],
                "plugins": facts.recorded("plugins"),
            }
            for facts in known
        ],
        "data": [facts.recorded("digests") for facts in known],
        "machine": [facts.recorded("fingerprint") for facts in known],
    }
    metrics: dict[str, dict[str, list[float | None]]] = {}
    for name in dict.fromkeys(name for facts in known for name in facts.sets):
        sets = [facts.sets.get(name, {}) for facts in known]
        keys = dict.fromkeys(key for each in sets for key in each)
        metrics[name] = {key: [each.get(key) for each in sets] for key in keys}
    return Comparison(
        [str(run.path) for run in runs],
        [str(facts.record.get("status")) for facts in known],
        {section: found for section, each in tables.items() if (found := contrast(each))},
        metrics,
        Meanings({name: meaning for facts in known for name, meaning in facts.meanings.items()}),
    )


def _identity(run: RunDirectory, registry: Registry) -> Mapping[str, Any]:
    """Return what decides the result, with children by their hashes, or the error if the recipe cannot be read."""
    if not run.recipe.exists():
        return {}
    try:
        return stored_recipe(run, registry).identity()
    except GanforgeError as error:
        return {"recipe": {"error": error.message.splitlines()[0]}}
