"""A study from its recipes to its table: what is missing is run, what is there is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ganforge.engine.place import Place
from ganforge.errors import Interrupted, RunError, UsageError
from ganforge.plugins.selection import ONLY, WITHOUT
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import is_run
from ganforge.runs.lock import RunLock
from ganforge.study.adaptive import extended, resumed
from ganforge.study.files import PREFIX, StudyFolder
from ganforge.study.jobs import Directories, Job, jobs
from ganforge.study.processes import Pool, Slot, Watcher
from ganforge.study.report.page import write_page
from ganforge.study.results import Results, read_results
from ganforge.study.study import Study
from ganforge.study.worker import Assignment
from ganforge.suggest import suggest
from ganforge.training.signals import stop_request
from ganforge.watching.trackers import trackers as find_trackers


def run_study(
    study: Study,
    place: Place,
    slots: list[Slot],
    watcher: Watcher | None = None,
    only: Iterable[str] = (),
    trackers: Iterable[str] | None = None,
) -> Results:
    """Make the runs of a study that are not there yet, and its table of all that are.

    Args:
        study: the checked study.
        place: where and how.
        slots: where to run, one run at a time each.
        watcher: who watches.
        only: names of the rows to run; by default all. The table has all rows in any case.
        trackers: names of plugins that watch the runs; else `$GANFORGE_TRACKERS`, else none.

    Returns:
        What the study has shown; the same is in its folder, below that of the runs. Runs that failed are marked.

    Raises:
        UsageError: there is no such row, or no such tracker.
        DataError: a file of data is missing or damaged.
        RunError: another process is at this study, or a run has its name.
        Interrupted: a signal asked to stop; what was reached is saved.
    """
    watching = None if trackers is None else tuple(trackers)
    find_trackers(place.registry, watching)
    folder = folder_of(study, place)
    if is_run(folder.path):
        raise RunError(f"{folder.path} is a run", fix="give the study another name: --set study.name=NAME")
    study = resumed(study, folder.path, place.registry)
    only = set(only)
    chosen = _chosen(study, only)
    folder.path.mkdir(parents=True, exist_ok=True)
    with RunLock(folder.path):
        folder.begin(study)
        directories = Directories(place)
        recorder = _Recorder(study, folder, directories, watcher or Watcher())
        recorder.write()

        # A server of processes that is older than the choice of plugins would not know of it.
        selection = {name: os.environ.get(name, "") for name in (ONLY, WITHOUT)}

        def assign(job: Job, slot: Slot) -> Assignment:
            return Assignment(
                recipe=folder.write_recipe(job.name, job.recipe).absolute(),
                log=folder.log(job.name).absolute(),
                data=place.data_root,
                runs=place.runs.absolute(),
                cache=place.cache,
                device=slot.device,
                threads=slot.threads,
                environment={**selection, **slot.environment},
                trackers=watching,
                measures={mode: file.absolute() for mode, file in job.measures.items()},
            )

        try:
            with stop_request() as stop:
                while chosen:
                    rows = [recipe for variant, _, recipe in study.recipes() if variant.name in chosen]
                    wanted = jobs(rows, directories, recorder.measures)
                    Pool(wanted, slots, assign, recorder).run(stop)
                    stop.raise_if_requested()
                    known = len(study.variants)
                    if not only:
                        study = extended(study, recorder.write(), len(slots), folder.path, place.registry)
                        recorder.cover(study)
                    chosen = {variant.name for variant in study.variants[known:]}
        except Interrupted as error:
            error.fix = "the same command goes on"
            raise
        finally:
            results = recorder.write()
            _report(folder, place)
    return results


def _report(folder: StudyFolder, place: Place) -> None:
    """Write the study's page; a study has reached its end even if its page has not."""
    try:
        write_page(folder)
    except Exception as error:
        place.listener.note(f"the report of {folder.path} is not written: {type(error).__name__}: {error}")


def folder_of(study: Study, place: Place) -> StudyFolder:
    """The folder of a study, there or not."""
    return StudyFolder(place.runs / f"{PREFIX}{study.name}")


def _chosen(study: Study, only: set[str]) -> set[str]:
    names = [variant.name for variant in study.variants]
    for name in sorted(only - set(names)):
        fix = suggest(name, names) or f"rows: {', '.join(names)}"
        raise UsageError(f"the study {study.name!r} has no row {name!r}", fix=fix)
    return only or set(names)


class _Recorder(Watcher):
    """Writes the table anew whenever a run has ended, and passes on what happens."""

    def __init__(self, study: Study, folder: StudyFolder, directories: Directories, watcher: Watcher) -> None:
        self._folder = folder
        self._directories = directories
        self._watcher = watcher
        self._failures: dict[Path, str] = {}
        self.cover(study)

    def cover(self, study: Study) -> None:
        """Write the table of this study from now on."""
        self._paths = {(variant.name, seed): self._directories[recipe] for variant, seed, recipe in study.recipes()}
        self._study = study

    def measures(self, recipe: Recipe, path: Path) -> Mapping[str, Path]:
        """The files of further modes of batch norm, by mode."""
        return self._folder.measures(self._study, recipe, path.name)

    def write(self) -> Results:
        results = read_results(self._study, self._paths, self.measures, self._failures)
        self._folder.write(results)
        return results

    def planned(self, jobs: int) -> None:
        self._watcher.planned(jobs)

    def begun(self, job: Job) -> None:
        self._watcher.begun(job)

    def ended(self, job: Job, reason: str | None) -> None:
        if reason is not None:
            self._failures[job.path] = reason
        self._watcher.ended(job, reason)
        self.write()

    def tick(self) -> None:
        self._watcher.tick()
