"""The runs that a study is made of, found by content: those of its rows, and those that these build on, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ganforge.engine.place import Place
from ganforge.engine.run import run_path
from ganforge.engine.stages import load_data
from ganforge.errors import RunError
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import RunDirectory, is_run


@dataclass(frozen=True)
class Job:
    """A run to be made.

    Attributes:
        path: its directory, there or not.
        recipe: what it is.
        needs: the directories of the runs that must be finished before.
        measures: further modes of batch norm to measure the run in, with the files to write.
    """

    path: Path
    recipe: Recipe
    needs: tuple[Path, ...]
    measures: Mapping[str, Path]

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return is_finished(self.path) and all(file.exists() for file in self.measures.values())


class Directories:
    """Where the runs of recipes are kept; each is worked out once.

    Args:
        place: where and how.
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
    recipes: Iterable[Recipe], directories: Directories, measures: Callable[[Recipe, Path], Mapping[str, Path]]
) -> dict[Path, Job]:
    """What is to be made for these recipes: their runs and those that they build on, as far as not done.

    What a run builds on stands before it, and each run is there once.

    Args:
        recipes: of the study's rows.
        directories: where runs are kept.
        measures: what to measure besides of the run of such a recipe in its directory.

    Raises:
        DataError: a file of data is missing or damaged.
    """
    found: dict[Path, Job] = {}

    def visit(recipe: Recipe, measures: Mapping[str, Path]) -> None:
        path = directories[recipe]
        if path in found or Job(path, recipe, (), measures).is_done:
            return
        if not is_finished(path):
            for child in recipe.children.values():
                visit(child, {})
        needs = {directories[child]: None for child in recipe.children.values()}
        found[path] = Job(path, recipe, tuple(need for need in needs if need in found), measures)

    for recipe in recipes:
        visit(recipe, measures(recipe, directories[recipe]))
    return found


def is_finished(path: Path) -> bool:
    """Whether a directory holds a finished run."""
    try:
        return is_run(path) and RunDirectory(path).status == "finished"
    except RunError:
        return False
