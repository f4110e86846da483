"""The runs that a study is made of, found by content: those of its rows, and those that these build on, each once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganforge.engine.run import kept_at
from ganforge.engine.workplace import Workplace
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
    """

    path: Path
    recipe: Recipe
    needs: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name


class Directories:
    """Where the runs of recipes are kept; each is worked out once.

    Args:
        place: where and how.
    """

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._known: dict[tuple[str, str], Path] = {}

    def __getitem__(self, recipe: Recipe) -> Path:
        key = (recipe.name, recipe.hash)
        if key not in self._known:
            self._known[key] = kept_at(recipe, self._place)
        return self._known[key]


def jobs(recipes: list[Recipe], directories: Directories) -> dict[Path, Job]:
    """What is to be made for these recipes: their runs and those that they build on, as far as not finished.

    What a run builds on stands before it, and each run is there once.

    Raises:
        DataError: a file of data is missing or damaged.
    """
    found: dict[Path, Job] = {}

    def visit(recipe: Recipe) -> None:
        path = directories[recipe]
        if path in found or is_finished(path):
            return
        for child in recipe.children.values():
            visit(child)
        needs = {directories[child]: None for child in recipe.children.values()}
        found[path] = Job(path, recipe, tuple(need for need in needs if need in found))

    for recipe in recipes:
        visit(recipe)
    return found


def is_finished(path: Path) -> bool:
    """Whether a directory holds a finished run."""
    try:
        return is_run(path) and RunDirectory(path).status == "finished"
    except RunError:
        return False
