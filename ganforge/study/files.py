"""The folder of a study: what was asked, what its processes said, and its table as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganforge.meaning import Meanings
from ganforge.recipe.recipe import Recipe
from ganforge.runs import atomic, strict_json
from ganforge.study.results import MEAN, Results, Row, Statistic
from ganforge.study.study import Study
from ganforge.study.tables import Grid, caption, judge_table, main_table, remarks

PREFIX = "study-"
"""What the name of a study's folder begins with."""
HEAD = ("row", "title", "set", "metric", "part", "circular", "mean", "spread", "n")


class StudyFolder:
    """The folder of a study.

    Attributes:
        path: the folder, below that of the runs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def study(self) -> Path:
        """The study file with its overrides."""
        return self.path / "study.toml"

    @property
    def table(self) -> Path:
        """The table as JSON."""
        return self.path / "table.json"

    @property
    def report(self) -> Path:
        """The page that shows it all."""
        return self.path / "report.html"

    def begin(self, study: Study) -> None:
        """Make the folder, and write down what is asked."""
        for folder in (self.path, self._recipes, self._logs, self._measured):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.path, self._measured):
            atomic.clean(folder)
        atomic.write_file(self.study, study.dumps().encode())

    def write_recipe(self, run: str, recipe: Recipe) -> Path:
        """Write the resolved recipe of a run with those that it builds on; its file."""
        folder = self._recipes / run
        folder.mkdir(exist_ok=True)
        recipe.write(folder)
        return folder / "recipe.toml"

    def log(self, run: str) -> Path:
        """Where the process of a run writes what it says."""
        return self._logs / f"{run}.log"

    def measures(self, study: Study, recipe: Recipe, run: str) -> dict[str, Path]:
        """The files of what a run shows in further modes of batch norm, there or not, by mode."""
        return self.in_modes(study, recipe.evaluate.batch_norm, run)

    def in_modes(self, study: Study, own: str, run: str) -> dict[str, Path]:
        """The same of a run that was measured in this mode by itself."""
        modes = [mode for mode in study.table.batch_norm if mode != own]
        return {mode: self._measured / f"{run}-{mode}.json" for mode in modes}

    def write(self, results: Results) -> None:
        """Write the table in all forms, each file whole or not at all."""
        for name, text in {
            "table.md": markdown(results),
            "table.csv": comma_separated(results),
            self.table.name: strict_json.dumps(as_data(results), indent=1) + "\n",
        }.items():
            atomic.write_file(self.path / name, text.encode())

    @property
    def _measured(self) -> Path:
        return self.path / "measured"

    @property
    def _recipes(self) -> Path:
        return self.path / "recipes"

    @property
    def _logs(self) -> Path:
        return self.path / "logs"


def markdown(results: Results) -> str:
    """The whole study as a page."""
    table = results.study.table
    parts = [f"# {table.name}"]
    parts += [table.description] if table.description else []
    parts += [caption(results), _markdown_table(main_table(results))]
    by_judge = judge_table(results, results.study.columns)
    parts += ["## By judge", _markdown_table(by_judge)] if by_judge else []
    parts += ["\n".join(f"* {remark}" for remark in remarks(results))]
    return "\n\n".join(part for part in parts if part) + "\n"


def comma_separated(results: Results) -> str:
    """One line for each number: a row's mean, spread and n by image set, metric and part."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEAD)
    for row in results.rows:
        for image_set, metric, part, found in _numbers(results, row):
            writer.writerow(
                [
                    row.variant.name,
                    row.variant.title,
                    image_set,
                    metric,
                    part,
                    found.circular,
                    found.mean,
                    "" if found.spread is None else found.spread,
                    found.n,
                ]
            )
    return stream.getvalue()


def as_data(results: Results) -> dict[str, Any]:
    """Everything, as JSON values."""
    table = results.study.table
    return {
        "study": table.name,
        "description": table.description,
        "metric": table.metric,
        "meanings": Meanings({name: results.meaning(name) for name in (table.metric, *table.also)}).as_data(),
        "seeds": table.seeds,
        "images": results.images,
        "rows": [_row(results, row) for row in results.rows],
        "remarks": remarks(results),
    }


def _row(results: Results, row: Row) -> dict[str, Any]:
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for image_set, metric, part, found in _numbers(results, row):
        cells.setdefault(image_set, {})[f"{metric}/{part}" if part else metric] = _statistic(found)
    variant = row.variant
    return {
        "name": variant.name,
        "title": variant.title,
        "note": variant.note,
        "metric": variant.metric,
        "changes": {key: value for key, value in variant.changes.items()},
        "reference": dict(variant.reference),
        "sets": cells,
        "labels_in_losses": row.labels,
        "seconds": _statistic(row.seconds) if row.seconds else None,
        "memory": {part: size for part in ("process", "gpu") if (size := row.memory(part)) is not None},
        "runs": {
            str(seed): {"run": run.name, "status": run.status, "reason": run.reason} for seed, run in row.runs.items()
        },
    }


def _numbers(results: Results, row: Row) -> Iterator[tuple[str, str, str, Statistic]]:
    """Every number of a row: image set, metric, part (empty for a metric of one value) and the statistic."""
    for image_set in results.study.columns:
        for metric in dict.fromkeys((row.variant.metric, *results.study.table.also)):
            parts = row.parts(image_set, metric)
            for part in (MEAN, *parts):
                found = row.statistic(image_set, part, metric)
                if found is not None:
                    yield image_set, metric, part if parts else "", found


def _statistic(found: Statistic) -> dict[str, Any]:
    plain = {"mean": found.mean, "spread": found.spread, "n": found.n, "values": list(found.values)}
    return plain | ({"circular": True} if found.circular else {})


def _markdown_table(grid: Grid) -> str:
    align = [":--", *("--:" for _ in grid.head[1:])]
    lines = [grid.head, align, *grid.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
