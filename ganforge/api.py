"""The command line's main verbs as functions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganforge.measuring.trained import Trained
    from ganforge.study.results import Results
    from ganforge.watching.listener import Listener


def run(
    recipe: str | Path,
    overrides: Iterable[str] = (),
    *,
    out: str | Path | None = None,
    data: str | Path | None = None,
    runs: str | Path | None = None,
    cache: str | Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    listener: Listener | None = None,
    trackers: Iterable[str] | None = None,
) -> Path:
    """Run a recipe, as `ganforge run` does.

    Args:
        recipe: a TOML file, or the name of a shipped recipe.
        overrides: assignments such as `"train.steps=2000"`.
        out: the run directory; a run of the same recipe in it is continued. By default a new one below `runs`.
        data: the folder of data sets; else `$GANFORGE_DATA`, else `data`.
        runs: the folder of run directories; else `$GANFORGE_RUNS`, else `runs`.
        cache: the folder of decoded data; else `$GANFORGE_CACHE`, else in the user's cache folder.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        threads: of the CPU; else as torch has it.
        listener: who watches.
        trackers: names of plugins that watch too; else `$GANFORGE_TRACKERS`, else none.

    Returns:
        The run directory.

    Raises:
        GanforgeError: whatever goes wrong; what was reached is saved.
    """
    from ganforge.engine.place import resolve_place
    from ganforge.engine.run import run as run_recipe
    from ganforge.plugins.registry import Registry
    from ganforge.quantities.plan import plan_all
    from ganforge.recipe.check import load as load_recipe
    from ganforge.recipe.library import find
    from ganforge.watching.listener import Listener, Listeners
    from ganforge.watching.trackers import trackers as named_trackers

    registry = Registry()
    place = resolve_place(
        registry,
        data=_path(data),
        runs=_path(runs),
        cache=_path(cache),
        device=device,
        threads=threads,
        listener=Listeners(listener or Listener(), *named_trackers(registry, trackers)),
    )
    checked = load_recipe(find(str(recipe), registry), registry, overrides)
    return run_recipe(plan_all(checked), place, _path(out)).path


def run_study(
    study: str | Path,
    overrides: Iterable[str] = (),
    *,
    only: Iterable[str] = (),
    jobs: int | None = None,
    data: str | Path | None = None,
    runs: str | Path | None = None,
    cache: str | Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    trackers: Iterable[str] | None = None,
) -> Results:
    """Run a study, as `ganforge study` does: each run in a process of its own.

    Where processes are spawned instead of forked, call this below `if __name__ == "__main__"` alone.

    Args:
        study: a TOML file, or the name of a shipped study.
        overrides: assignments to every recipe, such as `"train.steps=2000"`, or to the study: `"study.seeds=[0]"`.
        only: names of the rows to run; by default all.
        jobs: runs side by side; by default one for each GPU, or one.
        data: the folder of data sets; else `$GANFORGE_DATA`, else `data`.
        runs: the folder of run directories; else `$GANFORGE_RUNS`, else `runs`.
        cache: the folder of decoded data; else `$GANFORGE_CACHE`, else in the user's cache folder.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        threads: of the CPU, for each run.
        trackers: names of plugins that watch the runs; else `$GANFORGE_TRACKERS`, else none.

    Returns:
        What the study has shown; runs that failed are marked, and their numbers missing.

    Raises:
        GanforgeError: the study has mistakes, or something keeps all of it from running.
    """
    from ganforge.engine.place import resolve_place
    from ganforge.plugins.registry import Registry
    from ganforge.recipe.library import find
    from ganforge.study.check import load as load_study
    from ganforge.study.run import run_study as run
    from ganforge.study.slots import slots

    registry = Registry()
    checked = load_study(find(str(study), registry), registry, overrides)
    place = resolve_place(registry, data=_path(data), runs=_path(runs), cache=_path(cache), device=device)
    return run(checked, place, slots(jobs, device, threads), only=only, trackers=trackers)


def load(run: str | Path, *, runs: str | Path | None = None, device: str = "auto") -> Trained:
    """The result of a finished run, as a callable on images.

    Args:
        run: the run directory, or the name of a run.
        runs: the folder of run directories; else `$GANFORGE_RUNS`, else `runs`.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        GanforgeError: it is no run, has no result yet, or a plugin that it needs is missing.
    """
    from ganforge.engine.place import choose_device
    from ganforge.folders import runs_folder
    from ganforge.measuring.trained import Trained
    from ganforge.plugins.registry import Registry
    from ganforge.runs.directory import find

    return Trained(find(str(run), runs_folder(_path(runs))), Registry(), choose_device(device))


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
