"""The runs that a study needs, found by content: those of its rows and those that these build on, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ganforge.engine.place import Place
from ganforge.engine.run import losses, run_path
from ganforge.engine.stages import load_data
from ganforge.errors import RunError
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import RunDirectory, is_run
from ganforge.study.saved import is_measured

Measures = Mapping[str, Path]
"""Further modes of batch norm to measure a run in, with the files to write."""


@dataclass(frozen=True)
class Job:
    """A run to make.

    Attributes:
        path: its directory, whether or not it exists.
        recipe: its recipe.
        needs: the directories of the runs that must be finished before.
        measures: further modes of batch norm to measure it in.
    """

    path: Path
    recipe: Recipe
    needs: tuple[Path, ...]
    measures: Measures

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def is_done(self) -> bool:
        """True if nothing is left to do."""
        return is_finished(self.path, self.recipe) and all(map(is_measured, self.measures.values()))


class Directories:
    """The directories of recipes' runs, each worked out once, because it depends on the data.

    Args:
        place: where and how to run.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[tuple[str, str], Path] = {}

    def __getitem__(self, recipe: Recipe) -> Path:
        key = (recipe.name, recipe.hash)
        if key not in self._known:
            self._known[key] = run_path(recipe, load_data(recipe, self._place), self._place)
        return self._known[key]


def jobs(
    recipes: Iterable[Recipe], directories: Directories, measures: Callable[[Recipe, Path], Measures]
) -> dict[Path, Job]:
    """Return the runs of these recipes and those that they build on, without those that are done.

    Each run is there once, behind the runs that it builds on.

    Args:
        recipes: the recipes of the study's rows.
        directories: the directories of runs.
        measures: returns the further modes to measure a recipe's run in, given its directory.

    Raises:
        DataError: a data file is missing or damaged.
    """
    found: dict[Path, Job] = {}

    def visit(recipe: Recipe, measures: Measures) -> None:
        path = directories[recipe]
        if path in found or Job(path, recipe, (), measures).is_done:
            return
        if not is_finished(path, recipe):
            for child in recipe.children.values():
                visit(child, {})
        needs = {directories[child]: None for child in recipe.children.values()}
        found[path] = Job(path, recipe, tuple(need for need in needs if need in found), measures)

    for recipe in recipes:
        visit(recipe, measures(recipe, directories[recipe]))
    return found


def is_finished(path: Path, recipe: Recipe) -> bool:
    """Return True if a directory holds a finished run of a recipe that has lost nothing."""
    try:
        run = RunDirectory(path)
        return is_run(path) and run.status == "finished" and not losses(run, recipe)
    except RunError:
        return False
