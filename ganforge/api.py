"""The command line's main verbs as functions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:
    from ganforge.folders import PlaceOptions
    from ganforge.measuring.trained import Trained
    from ganforge.study.results import Results
    from ganforge.watching.listener import Listener


def run(
    recipe: str | Path,
    overrides: Iterable[str] = (),
    *,
    out: str | Path | None = None,
    listener: Listener | None = None,
    **place: Unpack[PlaceOptions],
) -> Path:
    """Run a recipe, as `ganforge run` does.

    Example:
        ganforge.run("quickstart", ["train.steps=200"], out="first-try", threads=2)

    Args:
        recipe: a TOML file, or the name of a shipped recipe.
        overrides: assignments such as `"train.steps=2000"`; one alone may be a string.
        out: the run directory; a run of the same recipe in it is continued. By default a new one below `runs`.
        listener: receives the run's events.
        place: `data`, `runs`, `cache`, `device`, `threads` and `trackers`; see `PlaceOptions`.

    Returns:
        The run directory.

    Raises:
        GanforgeError: anything goes wrong; finished steps are saved.
    """
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import run as run_recipe
    from ganforge.plugins.registry import Registry
    from ganforge.quantities.planner import load_plan

    registry = Registry()
    place.setdefault("trackers", None)
    resolved = resolve_place(registry, listener, **place)
    plan = load_plan(str(recipe), overrides, registry)
    return run_recipe(plan, resolved, None if out is None else Path(out)).path


def run_study(
    study: str | Path,
    overrides: Iterable[str] = (),
    *,
    only: Iterable[str] = (),
    jobs: int | None = None,
    **place: Unpack[PlaceOptions],
) -> Results:
    """Run a study, as `ganforge study` does: each run in a process of its own.

    Where processes are spawned instead of forked, call this below `if __name__ == "__main__"` alone.

    Args:
        study: a TOML file, or the name of a shipped study.
        overrides: assignments to every recipe, such as `"train.steps=2000"`, or to the study: `"study.seeds=[0]"`.
        only: names of the rows to run; by default all.
        jobs: runs side by side; by default one for each GPU, or one.
        place: `data`, `runs`, `cache`, `device`, `threads` (of each run) and `trackers`; see `PlaceOptions`.

    Returns:
        The results of the study; runs that failed are marked, and their numbers missing.

    Raises:
        GanforgeError: the study has mistakes, or none of it can run.
    """
    from ganforge.engine.place import resolve_place
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find_recipe
    from ganforge.study.check import load_study
    from ganforge.study.processes import slots
    from ganforge.study.run import run_study as run

    registry = Registry()
    overrides = [overrides] if isinstance(overrides, str) else overrides
    checked = load_study(find_recipe(str(study), registry), registry, overrides)
    trackers, threads = place.pop("trackers", None), place.pop("threads", None)
    resolved = resolve_place(registry, **place)
    workers = slots(jobs, place.get("device", "auto"), threads)
    return run(checked, resolved, workers, only=only, trackers=trackers)


def load(run: str | Path, *, runs: str | Path | None = None, device: str = "auto") -> Trained:
    """Load the result of a finished run as a callable on images.

    Example:
        transferred = ganforge.load("runs/quickstart")(images)  # uint8 arrays in, uint8 arrays out

    Args:
        run: the run directory, or the name of a run.
        runs: the folder of run directories; see `PlaceOptions`.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        GanforgeError: it is no run, has no result yet, or a plugin that it needs is missing.
    """
    from ganforge.engine.place import choose_device
    from ganforge.folders import runs_folder
    from ganforge.measuring.trained import Trained
    from ganforge.plugins.registry import Registry
    from ganforge.runs.directory import find_run

    return Trained(find_run(str(run), runs_folder(runs)), Registry(), choose_device(device))
