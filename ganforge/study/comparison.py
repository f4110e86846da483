"""What differs between runs, in recipe, versions, data and machine, beside what it did to the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganforge.errors import GanforgeError, RunError
from ganforge.meaning import Meanings
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import load_own
from ganforge.recipe.difference import contrast
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: their directories.
        statuses: how far each is.
        differences: by section (`recipe`, `versions`, `data`, `machine`), the keys that are not the same in all runs,
            with each run's value; a section without differences is left out.
        metrics: by image set and metric, each run's value; None where a run has none.
        meanings: of the metrics.
    """

    runs: list[str]
    statuses: list[str]
    differences: dict[str, Rows]
    metrics: dict[str, dict[str, list[float | None]]]
    meanings: Meanings

    def as_data(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "runs": self.runs,
            "statuses": self.statuses,
            "differences": self.differences,
            "metrics": self.metrics,
            "meanings": self.meanings.as_data(),
        }


def compare(runs: Sequence[RunDirectory], registry: Registry) -> Comparison:
    """Compare runs.

    Recipes are compared by what decides the result; what a run builds on counts by its content.

    Raises:
        RunError: a run's record or metrics are damaged.
    """
    records = [run.read_record() for run in runs]
    tables: dict[str, list[Mapping[str, Any]]] = {
        "recipe": [_identity(run, registry) for run in runs],
        "versions": [_versions(record) for record in records],
        "data": [record.get("digests") or {} for record in records],
        "machine": [record.get("fingerprint") or {} for record in records],
    }
    differences = {section: found for section, each in tables.items() if (found := contrast(each))}
    sets = [_sets(run) for run in runs]
    metrics: dict[str, dict[str, list[float | None]]] = {}
    for name in dict.fromkeys(name for each in sets for name in each):
        keys = dict.fromkeys(key for each in sets for key in each.get(name, {}))
        metrics[name] = {key: [each.get(name, {}).get(key) for each in sets] for key in keys}
    return Comparison(
        [str(run.path) for run in runs],
        [str(record.get("status")) for record in records],
        differences,
        metrics,
        Meanings({name: one for record in records for name, one in Meanings.from_data(record.get("meanings")).items()}),
    )


def _identity(run: RunDirectory, registry: Registry) -> Mapping[str, Any]:
    """What decides the result, children by their hashes; a recipe that cannot be read counts as itself."""
    if not run.recipe.exists():
        return {}
    try:
        return load_own(run.recipe, registry).identity()
    except GanforgeError as error:
        return {"recipe": {"error": error.message.splitlines()[0]}}


def _versions(record: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = record.get("environment") or {}
    return {
        "python": environment.get("python"),
        **{name: version for name, version in (environment.get("packages") or {}).items()},
        "plugins": record.get("plugins") or {},
    }


def _sets(run: RunDirectory) -> Mapping[str, Mapping[str, float]]:
    try:
        sets: Mapping[str, Mapping[str, float]] = strict_json.loads(run.metrics.read_bytes())["sets"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{run.metrics} is damaged: {error}", fix=f"ganforge evaluate {run.path}") from error
    return sets
