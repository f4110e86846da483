"""A study as its folder keeps it: rows and runs, read back without recipes, data or plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganforge.errors import GanforgeError, RunError
from ganforge.recipe.document import read
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, find, is_run
from ganforge.study.files import PREFIX, StudyFolder
from ganforge.study.logs import last_error
from ganforge.study.results import Results, Row, RunResult, read_run, with_modes
from ganforge.study.schema import SearchTable, StudyTable
from ganforge.study.study import Study, Variant
from ganforge.suggest import suggest

MISSING = "missing"
"""The status of a run that was finished and no longer lies beside the study."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def is_study(path: Path) -> bool:
    """Whether a folder is that of a study which has begun."""
    folder = StudyFolder(path)
    return folder.study.is_file() and folder.table.is_file()


def find_study(text: str, root: Path) -> StudyFolder | None:
    """The study that a user means by `text`: its folder, or its name below `root`; None if there is none."""
    paths = [Path(text)] if text else []
    if _NAME.fullmatch(text):
        paths += [root / text, root / f"{PREFIX}{text}"]
    return next((StudyFolder(path) for path in paths if is_study(path)), None)


def find_run_or_study(text: str, root: Path) -> RunDirectory | StudyFolder:
    """The run that a user means by `text`, or else the study.

    Raises:
        RunError: there is neither; lists near names.
    """
    try:
        return find(text, root)
    except RunError as error:
        study = find_study(text, root)
        if study is not None:
            return study
        names = _studies(root)
        error.fix = suggest(Path(text).name, [*names, *(name.removeprefix(PREFIX) for name in names)]) or error.fix
        raise


def _studies(root: Path) -> list[str]:
    try:
        return sorted(path.name for path in root.iterdir() if is_study(path))
    except OSError:
        return []


def read_kept(folder: StudyFolder) -> Results:
    """What a study has shown, from the table that it wrote last and the run directories beside its folder.

    Its rows have no recipes: these would need the files and the plugins that they came from.

    Raises:
        RunError: a file of the study is damaged, or all of its finished runs are gone.
    """
    try:
        document = read(folder.study)
        table = StudyTable.model_validate(document.data["study"])
        # How trials were drawn no longer matters: they stand in the table.
        search = SearchTable.model_construct(**document.data["search"]) if "search" in document.data else None
        if search is not None:
            table = table.model_copy(update={"sets": ["validation"]})
        kept = strict_json.loads(folder.table.read_bytes())["rows"]
        variants = [_variant(row) for row in kept]
        study = Study(document, table, tuple(variants), search)
        rows = [
            Row(variant, {int(seed): _run(folder, study, run) for seed, run in row["runs"].items()})
            for variant, row in zip(variants, kept, strict=True)
        ]
    except (OSError, GanforgeError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = error.message if isinstance(error, GanforgeError) else " ".join(str(error).split())
        raise RunError(f"{folder.path} is damaged: {message}", fix="write it anew: ganforge study STUDY") from error
    statuses = {run.status for row in rows for run in row.runs.values()}
    if MISSING in statuses and "finished" not in statuses:
        raise RunError(
            f"the runs of {folder.path} do not lie beside it", fix="put its folder back among the runs that it made"
        )
    return Results(study, tuple(rows))


def _variant(row: Mapping[str, Any]) -> Variant:
    return Variant(row["name"], row["title"], row["note"], row["metric"], row["changes"], row["reference"], {})


def _run(folder: StudyFolder, study: Study, told: Mapping[str, Any]) -> RunResult:
    """A run as it is now, and why it failed as the study knew it."""
    name = str(told["run"])
    path = folder.path.parent / name
    if path.name != name:
        raise ValueError(f"{name!r} cannot name a run")
    if not is_run(path):
        gone = told["status"] == "finished"
        return RunResult(name, MISSING if gone else "not run", str(told["reason"]), {}, {})
    run = read_run(path)
    if run.status == "failed":
        # The table knows why only what failed while it was made; the log knows it of earlier times.
        return read_run(path, str(told["reason"]) or last_error(folder.log(name)))
    if run.status != "finished":
        return read_run(path, str(told["reason"]))
    return with_modes(run, study, folder.in_modes(study, str(run.metrics.get("batch_norm")), name))
