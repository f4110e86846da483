"""Running a study: missing runs are made, existing ones are read, and the table is written."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path

from ganforge.engine.place import Place
from ganforge.errors import Interrupted, RunError, UsageError
from ganforge.folders import PlaceOptions
from ganforge.plugins.selection import ONLY, WITHOUT
from ganforge.recipe.recipe import Recipe
from ganforge.runs.directory import is_run
from ganforge.runs.lock import run_lock
from ganforge.study.adaptive import extended, resumed
from ganforge.study.jobs import Directories, Job, Measures, jobs
from ganforge.study.processes import Pool, Slot, StudyListener
from ganforge.study.report.page import write_page
from ganforge.study.results import Results, Row, RunResult
from ganforge.study.saved import PREFIX, StudyFolder
from ganforge.study.study import Study
from ganforge.study.worker import Assignment
from ganforge.suggest import suggest
from ganforge.training.signals import stop_request
from ganforge.watching.trackers import trackers as find_trackers


def run_study(
    study: Study,
    place: Place,
    slots: list[Slot],
    listener: StudyListener | None = None,
    only: Iterable[str] = (),
    trackers: Iterable[str] | None = None,
) -> Results:
    """Make the runs of a study that are missing, and the table of all runs.

    Args:
        study: the checked study.
        place: where and how to run.
        slots: room for runs side by side.
        listener: receives what happens.
        only: names of the rows to run; by default all. The table has all rows in any case.
        trackers: names of plugins that watch the runs; else `$GANFORGE_TRACKERS`, else none.

    Returns:
        The results, which are also in the study's folder, beside its runs. Failed runs are marked.

    Raises:
        UsageError: there is no such row, or no such tracker.
        DataError: a data file is missing or damaged.
        RunError: another process runs this study, or a run has its name.
        Interrupted: a signal asked to stop; progress is saved.
    """
    watching = None if trackers is None else tuple(trackers)
    find_trackers(place.registry, watching)
    folder = folder_of(study, place)
    if is_run(folder.path):
        raise RunError(f"{folder.path} is a run", fix="give the study another name: --set study.name=NAME")
    study = resumed(study, folder.path, place.registry)
    only = set(only)
    names = [variant.name for variant in study.variants]
    for name in sorted(only.difference(names)):
        fix = suggest(name, names) or f"rows: {', '.join(names)}"
        raise UsageError(f"the study {study.table.name!r} has no row {name!r}", fix=fix)
    chosen = only or set(names)
    folder.path.mkdir(parents=True, exist_ok=True)
    with run_lock(folder.path):
        folder.begin(study.dumps())
        recorder = _Recorder(study, folder, Directories(place))
        recorder.write()

        # The server process of the workers may be older than the selection of plugins.
        selection = {name: os.environ.get(name, "") for name in (ONLY, WITHOUT)}

        def assign(job: Job, slot: Slot) -> Assignment:
            return Assignment(
                recipe=folder.write_recipe(job.name, job.recipe).absolute(),
                log=folder.log(job.name).absolute(),
                place=PlaceOptions(
                    data=place.data_root,
                    runs=place.runs.absolute(),
                    cache=place.cache,
                    device=slot.device,
                    threads=slot.threads,
                    trackers=watching,
                ),
                environment={**selection, **slot.environment},
                measures={mode: file.absolute() for mode, file in job.measures.items()},
            )

        try:
            with stop_request() as stop:
                while chosen:
                    recipes = [recipe for variant, _, recipe in study.runs() if variant.name in chosen]
                    wanted = jobs(recipes, recorder.directories, recorder.measures)
                    Pool(wanted, slots, assign, [recorder, listener or StudyListener()]).run(stop)
                    stop.raise_if_requested()
                    known = len(study.variants)
                    if not only:
                        study = extended(study, recorder.write(), len(slots), folder.path, place.registry)
                        recorder.study = study
                    chosen = {variant.name for variant in study.variants[known:]}
        except Interrupted as error:
            error.fix = "the same command continues"
            raise
        finally:
            results = recorder.write()
            try:
                write_page(folder)
            except Exception as error:  # A failure here must not fail the study.
                why = f"{type(error).__name__}: {error}"
                place.listener.note(f"the report of {folder.path} is not written: {why}")
    return results


def folder_of(study: Study, place: Place) -> StudyFolder:
    """Return the folder of a study, whether or not it exists."""
    return StudyFolder(place.runs / f"{PREFIX}{study.table.name}")


class _Recorder(StudyListener):
    """Rewrites the table whenever a run has ended."""

    def __init__(self, study: Study, folder: StudyFolder, directories: Directories) -> None:
        self.study = study
        self.directories = directories
        self._folder = folder
        self._failures: dict[str, str] = {}

    def measures(self, recipe: Recipe, path: Path) -> Measures:
        modes = [mode for mode in self.study.table.batch_norm if mode != recipe.evaluate.batch_norm]
        return {mode: self._folder.measured(path.name, mode) for mode in modes}

    def write(self) -> Results:
        study = self.study
        found: dict[str, dict[int, RunResult]] = {variant.name: {} for variant in study.variants}
        for variant, seed, recipe in study.runs():
            name = self.directories[recipe].name
            found[variant.name][seed] = self._folder.read_run(name, study.table, self._failures.get(name, ""))
        rows = [Row(**vars(variant), runs=found[variant.name]) for variant in study.variants]
        search = study.search
        if search:
            # The best trial first, those without a score last.
            sign = 1 if search.direction == "minimize" else -1
            rows.sort(key=lambda row: math.inf if row.score is None else sign * row.score)
        results = Results(study.table, tuple(rows), search is not None, search.direction if search else None)
        self._folder.write(results)
        return results

    def ended(self, job: Job, reason: str | None) -> None:
        if reason is not None:
            self._failures[job.name] = reason
        self.write()
