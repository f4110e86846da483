"""A study from its recipes to its table: what is missing is run, what is there is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from ganforge.engine.signals import stop_request
from ganforge.engine.workplace import Workplace
from ganforge.errors import Interrupted, RunError, UsageError
from ganforge.runs.directory import is_run
from ganforge.runs.lock import RunLock
from ganforge.study.files import StudyFolder
from ganforge.study.jobs import Directories, Job, jobs
from ganforge.study.processes import Pool, Slot, Watcher
from ganforge.study.results import Results, read_results
from ganforge.study.study import Study
from ganforge.study.worker import Assignment


def run_study(
    study: Study, place: Workplace, slots: list[Slot], watcher: Watcher | None = None, only: Iterable[str] = ()
) -> Results:
    """Make the runs of a study that are not there yet, and its table of all that are.

    Args:
        study: the checked study.
        place: where and how.
        slots: where to run, one run at a time each.
        watcher: who watches.
        only: names of the rows to run; by default all. The table has all rows in any case.

    Returns:
        What the study has shown; the same is in its folder, below that of the runs. Runs that failed are marked.

    Raises:
        UsageError: there is no such row.
        DataError: a file of data is missing or damaged.
        RunError: another process is at this study, or a run has its name.
        Interrupted: a signal asked to stop; what was reached is saved.
    """
    chosen = _chosen(study, only)
    folder = folder_of(study, place)
    if is_run(folder.path):
        raise RunError(f"{folder.path} is a run", fix="give the study another name: --set study.name=NAME")
    folder.path.mkdir(parents=True, exist_ok=True)
    with RunLock(folder.path):
        folder.begin(study)
        directories = Directories(place)
        paths = {(variant.name, seed): directories[recipe] for variant, seed, recipe in study.recipes()}
        rows = [recipe for variant, _, recipe in study.recipes() if variant.name in chosen]
        wanted = jobs(rows, directories, lambda recipe, path: folder.measures(study, recipe, path.name))
        recorder = _Recorder(study, folder, paths, watcher or Watcher())
        recorder.write()

        def assign(job: Job, slot: Slot) -> Assignment:
            return Assignment(
                recipe=folder.write_recipe(job.name, job.recipe).absolute(),
                log=folder.log(job.name).absolute(),
                data=place.data_root,
                runs=place.runs.absolute(),
                cache=place.cache,
                device=slot.device,
                threads=slot.threads,
                environment=slot.environment,
                measures={mode: file.absolute() for mode, file in job.measures.items()},
            )

        try:
            with stop_request() as stop:
                Pool(wanted, slots, assign, recorder).run(stop)
                stop.raise_if_requested()
        except Interrupted as error:
            error.fix = "the same command goes on"
            raise
        finally:
            results = recorder.write()
    return results


def folder_of(study: Study, place: Workplace) -> StudyFolder:
    """The folder of a study, there or not."""
    return StudyFolder(place.runs / f"study-{study.name}")


def _chosen(study: Study, only: Iterable[str]) -> set[str]:
    names = [variant.name for variant in study.variants]
    chosen = set(only)
    for name in sorted(chosen - set(names)):
        near = difflib.get_close_matches(name, names, n=1)
        fix = f"did you mean {near[0]!r}?" if near else f"rows: {', '.join(names)}"
        raise UsageError(f"the study {study.name!r} has no row {name!r}", fix=fix)
    return chosen or set(names)


class _Recorder(Watcher):
    """Writes the table anew whenever a run has ended, and passes on what happens."""

    def __init__(
        self, study: Study, folder: StudyFolder, paths: Mapping[tuple[str, int], Path], watcher: Watcher
    ) -> None:
        self._study = study
        self._folder = folder
        self._paths = paths
        self._watcher = watcher
        self._failures: dict[Path, str] = {}

    def write(self) -> Results:
        study, folder = self._study, self._folder
        results = read_results(
            study, self._paths, lambda recipe, path: folder.measures(study, recipe, path.name), self._failures
        )
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
