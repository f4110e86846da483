"""A recipe as a run: what it builds on first, a directory of its own, one writer, and a status that is always true."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock

from ganforge import atomic
from ganforge.data.loading import Loaded
from ganforge.engine.place import Place
from ganforge.engine.stages import load_data, run_stages
from ganforge.errors import Interrupted, RunError, TrainingError
from ganforge.quantities.plan import Plan
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import read_stored_recipe
from ganforge.recipe.difference import differences
from ganforge.recipe.recipe import Recipe
from ganforge.report.page import write_report
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, Status, create, is_run, remove_unborn
from ganforge.runs.lock import run_lock
from ganforge.training.signals import stop_request
from ganforge.watching.listener import Listener


def run(plan: Plan, place: Place, directory: Path | None = None) -> RunDirectory:
    """Run a recipe to the end.

    Args:
        plan: the recipe, planned together with all that it builds on.
        place: where and how.
        directory: the run directory; a run of the same recipe in it is continued. By default a new one, named after
            the recipe, is made below `place.runs`.

    Raises:
        GanforgeError: whatever goes wrong; what was reached is saved.
    """
    if directory is None:
        return _execute(plan, create(place.runs, plan.recipe.name), place)
    if is_run(directory):
        begun = RunDirectory(directory)
        # A run that was killed at its very start has not even written its recipe down.
        return resume(begun, place, plan.recipe) if begun.recipe.exists() else _execute(plan, begun, place)
    if directory.exists():
        # An empty folder, or one that was made for a run which was killed before it could say so, will do.
        atomic.clean(directory)
        try:
            directory.rmdir()
        except OSError:
            raise RunError(f"{directory} exists and is not a run", fix="give --out a name that is not taken") from None
    return _execute(plan, create(directory.parent, directory.name), place)


def resume(directory: RunDirectory, place: Place, recipe: Recipe | None = None) -> RunDirectory:
    """Continue a run to its end, to the same bits as if it had never stopped.

    Args:
        directory: the run.
        place: where and how.
        recipe: the recipe that the user expects the run to have; refused when it differs.

    Raises:
        GanforgeError: the recipe differs, or whatever goes wrong.
    """
    saved = read_stored_recipe(directory.recipe, place.registry)
    changed = differences(saved.identity(), recipe.identity()) if recipe else []
    if changed:
        lines = "".join(f"\n    {line}" for line in changed)
        raise RunError(
            f"{directory.path} was begun with another recipe:{lines}",
            fix=f"ganforge resume {directory.path} goes on with its own; --out NAME starts another run",
        )
    return _execute(plan_all(saved, check_files=False), directory, place)


def find_or_run(plan: Plan, place: Place) -> RunDirectory:
    """Find the finished run of a recipe on the data at hand by its content; resume or build it where it is not there.

    Several processes may ask at once: one builds, the others wait.
    """
    data = load_data(plan.recipe, place)
    path = run_path(plan.recipe, data, place)
    place.runs.mkdir(parents=True, exist_ok=True)
    with FileLock(place.runs / f".{path.name}.lock"):
        remove_unborn(path)
        directory = RunDirectory(path) if is_run(path) else create(path.parent, path.name)
        return directory if directory.status == "finished" else _execute(plan, directory, place, data)


def run_path(recipe: Recipe, data: Mapping[str, Loaded], place: Place) -> Path:
    """Return the path at which `find_or_run` keeps the run of a recipe on these data, whether or not it exists."""
    digests = sorted((name, loaded.train.digest) for name, loaded in data.items())
    key = hashlib.sha256(strict_json.dumps([recipe.hash, digests]).encode()).hexdigest()[:8]
    return place.runs / f"{recipe.name[:50]}-{key}"


def _execute(
    plan: Plan, directory: RunDirectory, place: Place, data: Mapping[str, Loaded] | None = None
) -> RunDirectory:
    listener, recipe = place.listener, plan.recipe
    with run_lock(directory.path):
        directory.clean()
        if not directory.recipe.exists():
            recipe.write(directory.path)
        if directory.status == "finished":
            listener.note(f"{directory.path} is finished already")
            return directory
        status: Status = "failed"
        try:
            with stop_request() as stop:
                children = {key: find_or_run(child, place) for key, child in plan.children.items()}
                listener.started(directory.path, recipe.resolved())
                with torch_settings(recipe.train.deterministic):
                    run_stages(plan, directory, place, children, stop, data)
            status = "finished"
        except Interrupted as error:
            error.fix = f"ganforge resume {directory.path}"
            status = "interrupted"
            raise
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"the memory of {place.device} does not suffice: {str(error).splitlines()[0]}",
                fix=f"lower train.batch_size, or free memory and ganforge resume {directory.path}",
            ) from error
        finally:
            directory.status = status
            listener.finished(directory.path, status)
        _report(directory, listener)
    return directory


def _report(directory: RunDirectory, listener: Listener) -> None:
    """Write the run's page; a run has reached its end even if its page has not."""
    try:
        write_report(directory)
    except Exception as error:
        listener.note(f"the report of {directory.path} is not written: {type(error).__name__}: {error}")


@contextmanager
def torch_settings(deterministic: bool) -> Iterator[None]:
    """Global settings of torch as a recipe wants them, put back afterwards.

    Args:
        deterministic: only algorithms that give the same bits each time.
    """
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
    # Filling every new tensor with NaN finds kernels that read what they never wrote, at a tenth of the speed.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        torch.backends.cudnn.benchmark = benchmark
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
