"""Runs that are stopped by a real SIGTERM after given steps, and resumed each time as `ganforge resume` would."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from ganforge.errors import Interrupted
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import RunDirectory
from ganforge.training.step import Stepper
from workshop import Workshop


def run_with_stops(workshop: Workshop, recipe: Recipe, directory: Path, stops: Iterable[int]) -> RunDirectory:
    """Return a finished run that was stopped after each of these numbers of steps, and resumed."""
    waiting = set(stops)
    perform = Stepper.step

    def step(stepper: Stepper, number: int, watch: bool = False) -> None:
        perform(stepper, number, watch)
        if number + 1 in waiting:
            signal.raise_signal(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stepper, "step", step)
        for stop in sorted(waiting):
            with pytest.raises(Interrupted, match="SIGTERM") as caught:
                workshop.run(recipe, directory)
            assert caught.value.exit_code == 143
            assert str(directory) in caught.value.fix
            waiting.discard(stop)
        return workshop.run(recipe, directory)


def assert_same(workshop: Workshop, one: RunDirectory, other: RunDirectory) -> None:
    """Compare the outcomes of two runs to the bit."""
    first, second = workshop.outcome(one), workshop.outcome(other)
    for part, expected in first.items():
        assert second[part] == expected, part
