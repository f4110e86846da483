"""Training longer: more steps than a run began with, which it takes and records, trained or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ganforge.engine.place import Place
from ganforge.errors import RunError
from ganforge.quantities.lengths import length_dependent
from ganforge.quantities.plan import Plan
from ganforge.recipe.check import read_stored_recipe
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import RunDirectory
from ganforge.runs.stored_recipe import store_recipe
from ganforge.watching.listener import Listener


def lengthened(saved: Recipe, directory: RunDirectory, place: Place, steps: int | None) -> Recipe | None:
    """Return the recipe of a run with `steps` in all, or None if those are the steps that it has.

    Raises:
        RunError: the run has more steps than that.
    """
    # A process that was killed while it recorded a lengthening may have left the recipe as it was.
    recorded = max((one["to"] for one in _recorded(directory)), default=0)
    has = max(saved.train.steps, recorded)
    if steps is not None and steps < has:
        raise RunError(
            f"{directory.path} trains for {has:,} steps, and cannot train for fewer: {steps:,}",
            fix="--steps counts the steps that are done as well; fewer are another run, with train.steps changed",
        )
    wanted = max(steps or 0, has)
    if wanted == saved.train.steps:
        return None
    return read_stored_recipe(directory.recipe, place.registry, [f"train.steps={wanted}"])


@dataclass(frozen=True)
class Lengthening:
    """More steps for a run: its plan with them, and the number of steps that it had."""

    plan: Plan
    old: int

    def record(self, directory: RunDirectory, listener: Listener) -> None:
        """Write the new number of steps into the run; only for its one writer."""
        recipe, recorded = self.plan.recipe, _recorded(directory)
        new, dependent = recipe.train.steps, length_dependent(self.plan, self.old, recipe.train.steps)
        if new not in [one["to"] for one in recorded]:
            recorded = [*recorded, {"from": self.old, "to": new, "dependent": dependent}]
        # Its result is not the one of this recipe until it is finished again.
        store_recipe(directory, recipe, {"status": "training", "lengthened": recorded})
        listener.note(f"training goes on to step {new:,} instead of {self.old:,}")
        if dependent:
            listener.note(
                f"{', '.join(dependent)} depend on the length: the steps so far were made as the first "
                f"of {self.old:,}, so the result differs from that of {new:,} steps from the start"
            )


def _recorded(directory: RunDirectory) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = directory.read_record().get("lengthened", [])
    return found
