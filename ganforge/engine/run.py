"""Runs of recipes: the runs that they build on first, one directory and one writer each, and a correct status."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock

from ganforge.data.loading import Loaded
from ganforge.engine.lengthening import Lengthening, lengthened
from ganforge.engine.place import Place
from ganforge.engine.rehearsal import rehearse
from ganforge.engine.stages import load_data, require_same_data, run_stages
from ganforge.errors import Interrupted, RunError, TrainingError, command
from ganforge.quantities.plan import Plan
from ganforge.quantities.planner import plan_all
from ganforge.recipe.check import read_stored_recipe
from ganforge.recipe.difference import contrast
from ganforge.recipe.recipe import Recipe
from ganforge.report.html import is_whole
from ganforge.report.page import write_report
from ganforge.runs import checkpoint, environment, kept, strict_json
from ganforge.runs.directory import RunDirectory, Status, begin, create, is_run, remove_unborn
from ganforge.runs.lock import run_lock
from ganforge.runs.stored_recipe import require_unchanged, seal_recipe, store_recipe, stored_recipe
from ganforge.runs.strict_json import JSON
from ganforge.training.signals import StopRequest, stop_request
from ganforge.watching.listener import Listener

Opened = Mapping[Plan, Mapping[str, Loaded]]
"""The images of a recipe and of those that it builds on, by plan."""


def run(plan: Plan, place: Place, directory: Path | None = None) -> RunDirectory:
    """Run a recipe to the end.

    Args:
        plan: the recipe, planned together with all that it builds on.
        place: folders, device and listener.
        directory: the run directory, in which a run of the same recipe is continued; by default a new one.

    Raises:
        GanforgeError: the run fails; its progress is saved.
    """
    if directory is None:
        return _execute(plan, create(place.runs, plan.recipe.name), place)
    if not is_run(directory) and not begin(directory) and not is_run(directory):
        raise RunError(f"{directory} exists and is not a run", fix="give --out a name that is not taken")
    begun = RunDirectory(directory)
    # A run that was killed at its very start has not written its recipe yet.
    return resume(begun, place, plan.recipe) if begun.recipe.exists() else _execute(plan, begun, place)


def resume(
    directory: RunDirectory, place: Place, recipe: Recipe | None = None, steps: int | None = None
) -> RunDirectory:
    """Continue a run to its end, to the same bits as an uninterrupted one.

    Args:
        directory: the run; it may be finished.
        place: folders, device and listener.
        recipe: the recipe that it should be of; if it differs from the run's in what is only measured, a trained run is
            measured again.
        steps: number of steps in all, if it is to train longer than its recipe says.

    Raises:
        GanforgeError: the run is not of the recipe that the user expects, if one is given; it cannot train longer; or
            it fails.
    """
    begun = stored_recipe(directory, place.registry)
    longer = lengthened(begun, directory, place, steps)
    saved = longer or begun
    if recipe and _changes(directory, saved, recipe):
        return _execute(plan_all(recipe), directory, place)
    plan = plan_all(saved, check_files=False)
    if longer is None:
        return _execute(plan, directory, place)
    # Before anything is changed in the run: training needs its data.
    data = open_data(plan, place)
    if directory.name == run_path(begun, data[plan], place).name:
        raise RunError(
            f"other runs build on {directory.path}, which is found by its recipe",
            fix=f"set train.steps = {longer.train.steps} in the recipe: that is a run of its own",
        )
    require_same_data(directory, data[plan])
    return _execute(plan, directory, place, data, Lengthening(plan, begun.train.steps))


def find_or_run(plan: Plan, place: Place, data: Opened | None = None) -> RunDirectory:
    """Find the finished run of a recipe and its data by content; resume or make it if necessary.

    Concurrent processes wait for the one that makes it. The data of the recipe, and of those that it builds on, are
    loaded unless they are given.
    """
    data = data or open_data(plan, place)
    path = run_path(plan.recipe, data[plan], place)
    place.runs.mkdir(parents=True, exist_ok=True)
    with FileLock(place.runs / f".{path.name}.lock"):
        remove_unborn(path)
        directory = RunDirectory(path) if is_run(path) else create(path.parent, path.name)
        same = directory.read_record().get("hash", plan.recipe.hash) == plan.recipe.hash
        finished = directory.status == "finished" and same
        if finished and is_whole(directory.report) and not losses(directory, plan.recipe):
            return directory
        return _execute(plan, directory, place, data)


def open_data(plan: Plan, place: Place) -> Opened:
    """Load the images of a recipe and of all that it builds on.

    Raises:
        DataError: a file is missing or damaged.
    """
    found: dict[Plan, Mapping[str, Loaded]] = {}
    left = [plan]
    while left:
        if (one := left.pop()) not in found:
            found[one] = load_data(one.recipe, place)
            left += one.children.values()
    return found


def _rehearse_all(plan: Plan, data: Opened, place: Place) -> None:
    """Try out a recipe and those that it builds on, if any of these is still to be trained."""
    paths = {one: run_path(one.recipe, loaded, place) for one, loaded in data.items() if one is not plan}
    missing = [one for one, path in paths.items() if not is_run(path) or RunDirectory(path).status != "finished"]
    for one in [plan, *missing] if missing else ():
        rehearse(one, {name: loaded.train for name, loaded in data[one].items()}, place.device)


def run_path(recipe: Recipe, data: Mapping[str, Loaded], place: Place) -> Path:
    """Return the path of `find_or_run` for a recipe and its data, which need not exist."""
    digests = sorted((name, loaded.train.digest) for name, loaded in data.items())
    key = hashlib.sha256(strict_json.dumps([recipe.hash, digests]).encode()).hexdigest()[:8]
    return place.runs / f"{recipe.name[:50]}-{key}"


def _execute(
    plan: Plan,
    directory: RunDirectory,
    place: Place,
    data: Opened | None = None,
    lengthening: Lengthening | None = None,
) -> RunDirectory:
    listener, recipe = place.listener, plan.recipe
    with _stoppable(directory) as stop, run_lock(directory.path):
        directory.clean()
        if lengthening:
            lengthening.record(directory, listener)
        else:
            _settle_recipe(directory, recipe, place)
        if directory.status == "finished" and not _reopened(directory, recipe, listener):
            if is_whole(directory.report):
                listener.note(f"{directory.path} is finished already; --steps N trains it longer")
            else:
                listener.note(f"{directory.path} is finished already, but for its report")
                _write_report(directory, listener)
            return directory
        _note_losses(directory, listener)
        status: Status = "failed"
        try:
            # A missing file or a wrong size is better found before the hours in which other runs are made.
            if data is None:
                listener.stage("data", recipe.name)
                data = open_data(plan, place)
            _rehearse_all(plan, data, place)
            runs = {child: find_or_run(child, place, data) for child in dict.fromkeys(plan.children.values())}
            children = {key: runs[child] for key, child in plan.children.items()}
            listener.started(directory.path, recipe.resolved())
            with torch_settings(recipe.train.deterministic):
                run_stages(plan, directory, place, children, stop, data[plan])
            status = "finished"
        except (Interrupted, KeyboardInterrupt):
            status = "interrupted"
            raise
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"the memory of {place.device} does not suffice: {str(error).splitlines()[0]}",
                fix=f"lower train.batch_size, or free memory and {command('resume', directory.path)}",
            ) from error
        finally:
            with stop.guarded():
                directory.status = status
                if status != "finished":
                    kept.add(directory, [directory.journal])
                listener.finished(directory.path, status)
        stop.raise_if_requested("; the run is finished, only its report is missing")
        _write_report(directory, listener)
    return directory


@contextmanager
def _stoppable(directory: RunDirectory) -> Iterator[StopRequest]:
    """Have a signal end the block with the command that goes on, once there is something to go on with."""
    try:
        with stop_request() as stop:
            yield stop
    except Interrupted as error:
        error.fix = command("resume", directory.path) if directory.recipe.exists() else "repeat the command"
        raise


def _write_report(directory: RunDirectory, listener: Listener) -> None:
    """Write the report of a finished run, which stays finished if that fails or is stopped."""
    try:
        write_report(directory)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        listener.note(f"the report is not written: {reason}\n  fix: then, {command('report', directory.path)}")


def losses(directory: RunDirectory, recipe: Recipe) -> dict[str, str]:
    """Return what a finished run should have and has not, by name: `missing` or `damaged`."""
    main = directory.weights / f"{recipe.method_class.main}.safetensors"
    needed = {path.relative_to(directory.path).as_posix(): path for path in (directory.metrics, main)}
    return {name: "missing" for name, path in needed.items() if not path.exists()} | kept.losses(directory)


def _record_losses(directory: RunDirectory, lost: Mapping[str, str], fields: Mapping[str, JSON]) -> None:
    repairs = [*directory.read_record().get("repairs", []), {"time": environment.now(), "lost": lost}]
    directory.update_record({**fields, "repairs": repairs, kept.FIELD: {}})
    seal_recipe(directory)


def _note_losses(directory: RunDirectory, listener: Listener) -> None:
    """Record and say it if the journal of a run that was stopped is not as it was; all else is made again anyway."""
    if loss := kept.losses(directory).get(directory.journal.name):
        lost = {directory.journal.name: loss}
        listener.note(f"since {directory.path} was stopped, {_listed(lost)}")
        _record_losses(directory, lost, {})


def _listed(lost: Mapping[str, str]) -> str:
    return " and ".join(f"{name} is {loss}" for name, loss in lost.items())


def _reopened(directory: RunDirectory, recipe: Recipe, listener: Listener) -> bool:
    """Have a finished run that is not whole go on; return False for one that is."""
    lost = losses(directory, recipe)
    if lost:
        listener.note(
            f"{directory.path} was finished, and {_listed(lost)}: it goes on from its newest valid checkpoint"
        )
        directory.report.unlink(missing_ok=True)
        _record_losses(directory, lost, {"status": "training"})
    return bool(lost)


def _changes(directory: RunDirectory, saved: Recipe, recipe: Recipe) -> dict[str, list[str]]:
    """Return the keys in which a recipe differs from a run's; refuse all but those only measured of a trained run."""
    changed = contrast([saved.identity(), recipe.identity()])
    measured = all(map(saved.trains_without, changed))
    if not changed or (measured and checkpoint.path_of(directory.checkpoints, saved.train.steps).is_dir()):
        return changed
    lines = "".join(f"\n    {key}: {old} -> {new}" for key, (old, new) in changed.items())
    fix = f"{command('resume', directory.path)} goes on with its own; --out NAME starts another run"
    if measured:
        fix += "; once it is trained, it may be measured in this way"
    elif changed.keys() == {"train.steps"} and recipe.train.steps > saved.train.steps:
        fix = f"{command('resume', directory.path, '--steps', recipe.train.steps)} trains it longer"
    raise RunError(f"{directory.path} was begun with another recipe:{lines}", fix=fix)


def _settle_recipe(directory: RunDirectory, recipe: Recipe, place: Place) -> None:
    """Write the recipe into a run that has none, or one by which a trained run is to be measured anew."""
    if not directory.recipe.exists():
        store_recipe(directory, recipe)
        return
    require_unchanged(directory, place.registry)
    seal_recipe(directory)
    saved = read_stored_recipe(directory.recipe, place.registry)
    if changed := _changes(directory, saved, recipe):
        what = f"{directory.path} is measured anew, at the step that training chose: {', '.join(changed)}"
        place.listener.note(what)
        names = {key.split(".")[1] for key in changed if key.startswith("data.")}
        digests = directory.read_record().get("digests", {})
        directory.report.unlink(missing_ok=True)
        directory.update_record(
            {"status": "training", "digests": {name: digests[name] for name in digests.keys() - names}}
        )
        store_recipe(directory, recipe)


@contextmanager
def torch_settings(deterministic: bool) -> Iterator[None]:
    """Set torch's global settings for a run, with or without deterministic algorithms; restore them afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
    # Filling each new tensor with NaN finds kernels that read uninitialised memory, at a tenth of the speed.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        with torch.random.fork_rng():
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        torch.backends.cudnn.benchmark = benchmark
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
