"""The folder of a study: its recipes, logs, table and report, written while it runs and read back without plugins."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pydantic

from ganforge import atomic
from ganforge.errors import RunError
from ganforge.recipe.recipe import Recipe
from ganforge.regular_file import read_regular
from ganforge.report.facts import Facts
from ganforge.runs import lock, sealed
from ganforge.runs.directory import RunDirectory, find_run, is_run
from ganforge.study.results import Results, Row, RunResult, Variant
from ganforge.study.schema import StudyTable, in_mode
from ganforge.study.tables import as_data, comma_separated, markdown
from ganforge.suggest import suggest

PREFIX = "study-"
"""Beginning of the name of a study's folder."""
ERROR = "error: "
"""Beginning of the line of an error in a log."""
NEEDED = ("sets", "seconds", "labels_in_losses")
"""Keys of `metrics.json` that a table needs."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class _Run(pydantic.BaseModel):
    run: Annotated[str, pydantic.Field(pattern=r"^[^/\\]+$")]
    status: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Row(Variant):
    runs: dict[int, _Run]


class _Table(pydantic.BaseModel):
    rows: list[_Row]


class StudyFolder:
    """The folder of a study, whether or not it exists.

    Attributes:
        path: the folder, beside the runs of the study.
        study: the study file with its overrides.
        table: the table as JSON.
        report: the HTML report.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.study = path / "study.toml"
        self.table = path / "table.json"
        self.report = path / "report.html"

    def log(self, run: str) -> Path:
        """Return the log of the process of a run."""
        return self.path / "logs" / f"{run}.log"

    def measured(self, run: str, mode: str) -> Path:
        """Return the file of a run's metrics in a further mode of batch norm."""
        return self.path / "measured" / f"{run}-{mode}.json"

    def begin(self, study: str) -> None:
        """Create the folder, and write the study file."""
        for folder in (self.path, self.path / "logs", self.path / "measured"):
            folder.mkdir(parents=True, exist_ok=True)
            atomic.clean(folder)
        atomic.write_file(self.study, sealed.toml(study))

    def write_recipe(self, run: str, recipe: Recipe) -> Path:
        """Write the resolved recipe of a run and those that it builds on, and return its file."""
        folder = self.path / "recipes" / run
        folder.mkdir(parents=True, exist_ok=True)
        recipe.write(folder)
        return folder / "recipe.toml"

    def write(self, results: Results) -> None:
        """Write the table as Markdown, CSV and JSON, each file atomically."""
        for file, data in {
            self.path / "table.md": markdown(results).encode(),
            self.path / "table.csv": comma_separated(results).encode(),
            self.table: sealed.dumps(as_data(results)),
        }.items():
            atomic.write_file(file, data)

    def read(self) -> Results:
        """Read what the study has shown, from its table and the run directories beside its folder.

        Raises:
            RunError: a file of the study is damaged, or all of its finished runs are gone.
        """
        try:
            document = tomllib.loads(self.text())
            study = StudyTable.model_validate(document["study"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(self.study, error) from error
        try:
            table = _Table.model_validate(sealed.loads(read_regular(self.table)))
        except (OSError, ValueError, TypeError) as error:
            raise self._damaged(self.table, error) from error
        search = document.get("search")
        if search is not None:
            study = study.model_copy(update={"sets": ["validation"]})
        rows = []
        for saved in table.rows:
            runs = {seed: self.read_run(one.run, study, one.reason) for seed, one in saved.runs.items()}
            for seed, run in runs.items():
                if run.status == "not run" and saved.runs[seed].status == "finished":
                    runs[seed] = replace(run, status="missing")
            rows.append(Row(**{**vars(saved), "runs": runs}))
        statuses = {run.status for row in rows for run in row.runs.values()}
        if "missing" in statuses and "finished" not in statuses:
            raise RunError(f"the runs of {self.path} are not beside it", fix="move its folder back among its runs")
        return Results(study, tuple(rows), search is not None, search and search.get("direction"))

    def text(self) -> str:
        """Return the text of the study file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not as it was written.
        """
        return sealed.read_toml(read_regular(self.study))

    def _damaged(self, file: Path, error: Exception) -> RunError:
        reason = " ".join(str(error).split())
        return RunError(f"{file} is damaged: {reason}", fix="rewrite it: ganforge study STUDY")

    def read_run(self, name: str, study: StudyTable, reason: str = "") -> RunResult:
        """Read a run, whether or not its directory exists.

        Args:
            name: the run's name; its directory is beside the folder of the study.
            study: the study's own table.
            reason: the reason why it failed, if known; else its log is asked.
        """
        directory = RunDirectory(self.path.parent / name)
        # A name is not a path: a table that somebody else wrote reaches no run elsewhere.
        if directory.name != name or not is_run(directory.path):
            return RunResult(name, "not run", reason)
        try:
            facts = Facts(directory)
            status = str(facts.record.get("status"))
            if status == "finished" and (lacking := [key for key in NEEDED if key not in facts.metrics]):
                raise RunError(f"{directory.metrics} lacks {', '.join(lacking)}")
        except RunError as error:
            return RunResult(name, "failed", reason or last_error(self.log(name)) or f"damaged: {error.message}")
        if status == "finished":
            return self._finished(facts, study, reason)
        if status in ("new", "training"):
            status = "running" if lock.running(directory.path) else "killed"
        if status == "failed":
            reason = reason or last_error(self.log(name)) or ""
        return RunResult(name, status, reason, facts=facts)

    def _finished(self, facts: Facts, study: StudyTable, reason: str) -> RunResult:
        """Return a finished run with its metrics in all modes of batch norm that the study asks for."""
        sets = dict(facts.sets)
        for mode in study.batch_norm:
            file = self.measured(facts.run.name, mode)
            try:
                own = facts.metrics.get("batch_norm") == mode
                found = facts.sets if own else sealed.loads(read_regular(file, within=self.path))
                sets |= {in_mode(name, mode): found[name] for name in study.sets if name in found}
            except (OSError, ValueError, TypeError) as error:
                reason = reason or f"not measured in batch-norm mode {mode}: {file.name}: {error}"
        return RunResult(facts.run.name, "finished", reason, sets, facts)


def is_measured(file: Path) -> bool:
    """Return True if a file of a run's metrics in a further mode is as it was written."""
    try:
        return bool(sealed.loads(read_regular(file)))
    except (OSError, ValueError):
        return False


def last_error(log: Path) -> str | None:
    """Return the last error in a log, or None."""
    try:
        lines = read_regular(log, within=log.parent.parent).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    return next((line.removeprefix(ERROR) for line in reversed(lines) if line.startswith(ERROR)), None)


def is_study(path: Path) -> bool:
    """Return True if a folder is that of a study that has begun."""
    folder = StudyFolder(path)
    return folder.study.is_file() and folder.table.is_file()


def find_study(text: str, root: Path) -> StudyFolder | None:
    """Find a study by its folder, or by its name below `root`; None if there is no such study."""
    paths = [Path(text)] if text else []
    if _NAME.fullmatch(text):
        paths += [root / text, root / f"{PREFIX}{text}"]
    return next((StudyFolder(path) for path in paths if is_study(path)), None)


def find_run_or_study(text: str, root: Path) -> RunDirectory | StudyFolder:
    """Find the run that a user means by `text`, or else the study.

    Raises:
        RunError: there is neither; lists similar names.
    """
    try:
        return find_run(text, root)
    except RunError as error:
        study = find_study(text, root)
        if study is not None:
            return study
        names = sorted(path.name for path in root.glob("*") if is_study(path))
        error.fix = suggest(Path(text).name, [*names, *(name.removeprefix(PREFIX) for name in names)]) or error.fix
        raise
