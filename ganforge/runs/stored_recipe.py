"""The recipe of a run: kept when the run begins, and afterwards read only as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganforge.errors import GanforgeError, RunError
from ganforge.plugins.registry import Registry
from ganforge.recipe.check import read_stored_recipe
from ganforge.recipe.difference import differences
from ganforge.recipe.recipe import Form, Recipe
from ganforge.runs import kept, strict_json
from ganforge.runs.directory import RunDirectory
from ganforge.runs.strict_json import JSON


def store_recipe(run: RunDirectory, recipe: Recipe, fields: Mapping[str, JSON] | None = None) -> None:
    """Write a recipe into a run and its identity into the record, with `fields`; only for the directory's one writer.

    A process that is killed in between leaves the old recipe below the new identity.
    """
    run.update_record({**(fields or {}), "hash": recipe.hash, "identity": _identity(recipe)})
    recipe.write(run.path)
    seal_recipe(run)


def seal_recipe(run: RunDirectory) -> None:
    """Record the SHA-256 of the recipe of a run and of those that it names."""
    kept.add(run, _files(run))


def stored_recipe(run: RunDirectory, registry: Registry, overrides: Iterable[str] = ()) -> Recipe:
    """Read the recipe of a run, with other values if any are given.

    Raises:
        RecipeError: with every problem found.
        RunError: the file was changed after the run began, in what decides the result.
    """
    require_unchanged(run, registry)
    return read_stored_recipe(run.recipe, registry, overrides)


def require_unchanged(run: RunDirectory, registry: Registry) -> None:
    """Make sure that the recipe in a run decides the same result as when the run began; see `stored_recipe`."""
    changed = kept.digests(run, _files(run)).items() - run.read_record().get(kept.FIELD, {}).items()
    if not changed:
        return
    try:
        recipe = read_stored_recipe(run.recipe, registry)
    except GanforgeError as error:
        names = " and ".join(sorted(str(run.path / name) for name, _ in changed))
        what = f"{names}: damaged, or changed after the run began: {error.message}"
        raise RunError(what, fix="undo what was changed in it, or put it back from a copy of the run") from error
    require_same(run, recipe, " and ".join(sorted(str(run.path / name) for name, _ in changed)))


def require_same(run: RunDirectory, recipe: Recipe, what: str) -> None:
    """Make sure that a recipe decides the same result as the one that a run began with.

    Raises:
        RunError: it does not; lists the differences of `what`, the subject of the message.
    """
    record = run.read_record()
    if record.get("hash", recipe.hash) == recipe.hash:
        return
    changed = differences(record.get("identity", {}), _identity(recipe)) if "identity" in record else []
    lines = "".join(f"\n    {line}" for line in changed)
    raise RunError(
        f"{what} is not what {run.path} began with{':' if lines else ''}{lines}",
        fix="undo the change; a run of its own starts from copies of recipe.toml and recipes/: ganforge run COPY",
    )


def _identity(recipe: Recipe) -> dict[str, Any]:
    """Return the identity as it comes back from a record."""
    identity: dict[str, Any] = strict_json.loads(strict_json.dumps(recipe.identity(Form.HASHED)).encode())
    return identity


def _files(run: RunDirectory) -> list[Path]:
    return [run.recipe, *(run.path / "recipes").glob("*.toml")]
