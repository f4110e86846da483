"""A study's folder and its runs as a finished study leaves them, written by hand: pages read files, they train nothing.

Its rows: the best; one without a loss; one that labels teach; one that a judge teaches; one that crashed; and the first
row's runs again, measured by another metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.report.readings import Pairs, Reader, Readings, save_readings
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, create
from ganforge.runs.journal import Journal
from ganforge.study.saved import StudyFolder

IMAGES = 200
SEEDS = (0, 1)

STUDY = """
[study]
name = "made-up"
description = "street -> writing: {description}"
base = "base.toml"
seeds = [0, 1]
metric = "transfer-accuracy"
sets = ["validation", "test"]
batch_norm = ["batch"]
also = ["encoder-accuracy"]
set = {{ "train.steps" = 400 }}
[variants.best]
[variants.other-base]
base = "elsewhere/other.toml"
"""

RECIPE = """
[recipe]
name = "{name}"
seed = {seed}
[data.source]
use = "acme/street"
[data.test]
use = "acme/street"
[networks.generator]
use = "acme/generator"
[train]
steps = 400
"""

BEST = ({"pooled": 0.91, "strided": 0.89}, {"pooled": 0.94, "strided": 0.90})
LESS = ({"pooled": 0.42, "strided": 0.38}, {"pooled": 0.43, "strided": 0.37})
TAUGHT = ({"pooled": 0.95, "strided": 0.93}, {"pooled": 0.96, "strided": 0.94})
CIRCULAR = ({"pooled": 0.92, "strided (circular)": 0.99}, {"pooled": 0.93, "strided (circular)": 0.98})


class Maker:
    """Writes a study's folder and runs.

    Args:
        root: the folder of runs.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = StudyFolder(root / "study-made-up")
        self.rows: list[dict[str, Any]] = []
        self.description = "which row is best?"
        self.labels = np.random.default_rng(0).integers(0, 10, IMAGES)

    def run(
        self,
        name: str,
        seed: int = 0,
        says: Mapping[str, float] | None = None,
        labels: Sequence[str] = (),
        status: str = "finished",
        side: int = 8,
        street: int = 0,
    ) -> RunDirectory:
        """Write a run directory; judges read the given shares correctly, f 0.96.

        Args:
            name: the run's.
            seed: its seed.
            says: by judge.
            labels: that reached a loss.
            status: how far it is.
            side: of its pictures.
            street: which test images it was measured on.
        """
        says = says or {"pooled": 0.5, "strided": 0.5}
        run = create(self.root, name)
        run.recipe.write_text(RECIPE.format(name=name, seed=seed), encoding="utf-8")
        measures = {
            "input": "source",
            "pictures_like": "target",
            "select": "transfer-accuracy",
            "ceiling": "encoder-accuracy",
        }
        run.update_record(
            {
                "status": status,
                "measures": measures,
                "meanings": {
                    "transfer-accuracy": {"unit": "share", "better": "higher"},
                    "encoder-accuracy": {"unit": "share", "better": "higher"},
                    "untransferred-accuracy": {"unit": "share"},
                    "frechet-distance": {"unit": "distance", "better": "lower"},
                },
                "loss_meanings": {"d.accuracy": {"unit": "share"}},
                "digests": {"test": f"{street:02}" * 32},
                "notices": {"test": ["acme/street: only a part of the official file"]},
                "children": {"judges.pooled": "judge-1"},
                "plugins": {"acme": "ganforge-acme 1.2"},
                "environment": {"python": "3.11", "packages": {"torch": "2.15"}},
                "fingerprint": {"device name": "a processor", "precision": "fp32"},
            }
        )
        with Journal(run.journal, pytest.fail) as journal:
            for step in range(20, 401, 20):
                journal.write({"event": "losses", "step": step, "constancy": 90 / step**2, "d.accuracy": 0.5})
                if step % 200 == 0:
                    journal.write(
                        {"event": "validation", "step": step, **_named("transfer-accuracy", says, step / 400)}
                    )
        if status == "finished":
            self.finish(run, says, labels, side, street)
        return run

    def finish(
        self, run: RunDirectory, says: Mapping[str, float], labels: Sequence[str], side: int, street: int
    ) -> None:
        """Write the files of a run that has reached its end."""
        values = {
            **_named("transfer-accuracy", says),
            **_named("untransferred-accuracy", says, 0.1),
            "encoder-accuracy": 0.96,
        }
        sets = {"validation": {"images": 50, **values}, "test": {"images": IMAGES, **values}}
        metrics = {
            "step": 200,
            "score": 0.9,
            "seconds": 83.0,
            "memory": {"process": 2**30},
            "batch_norm": "recalibrated",
            "labels_in_losses": list(labels),
            "sets": sets,
        }
        run.metrics.write_text(strict_json.dumps(metrics), encoding="utf-8")
        run.report.write_text("a page", encoding="utf-8")
        measured = self.folder.path / "measured"
        measured.mkdir(parents=True, exist_ok=True)
        (measured / f"{run.name}-batch.json").write_text(strict_json.dumps(sets), encoding="utf-8")
        draw = np.random.default_rng(street)
        sample = np.arange(0, IMAGES, 5)
        inputs = draw.integers(0, 256, (len(sample), side, side, 3), np.uint8)
        outputs = np.random.default_rng(len(run.name)).integers(0, 256, (len(sample), side, side, 1), np.uint8)
        readers = [
            Reader(name, "", "", True, np.where(np.arange(IMAGES) < IMAGES * (1 - share), 9 - self.labels, self.labels))
            for name, share in says.items()
        ]
        pairs = Pairs(sample, inputs, outputs, len(sample))
        save_readings(run.readings, [Readings("test", IMAGES, 10, self.labels, readers, pairs)])

    def row(self, name: str, title: str, runs: Mapping[int, str], **others: Any) -> None:
        """Add a row to the table.

        Args:
            name: in the study file.
            title: what it is called.
            runs: names by seed.
            others: what else `table.json` has; also `status` and `reason` of all runs.
        """
        told = {"status": others.pop("status", "finished"), "reason": others.pop("reason", "")}
        row = {"note": "", "metric": "transfer-accuracy", "changes": {}, "reference": {}, **others}
        row["changes"] = {"train.steps": 400, **row["changes"]}
        self.rows.append(
            {"name": name, "title": title, **row, "runs": {str(s): {"run": r, **told} for s, r in runs.items()}}
        )

    def several(self, name: str, says: Sequence[Mapping[str, float]], **others: Any) -> dict[int, str]:
        """Write a run for each seed, and return their names."""
        return {seed: self.run(f"{name}-{seed}", seed, says[seed], **others).name for seed in SEEDS}

    def usual(self) -> StudyFolder:
        """Write the study of this module's docstring."""
        best = self.several("best", BEST)
        taught = {"labels": ["source_labels"]}
        less = self.several("less", LESS)
        self.row("best", "all of it", best, reference={"paper": 90.66, "poster": "N/A"}, note="as published")
        self.row("less", "without the loss", less, changes={"losses.constancy.weight": 0}, reference={"paper": 74.55})
        self.row(
            "taught", "by labels", self.several("taught", TAUGHT, **taught), changes={"losses.constancy.reader": "t"}
        )
        self.row("circular", "by a judge", self.several("circular", CIRCULAR, **taught), reference={"poster": 91.09})
        crashed = {seed: self.run(f"crashed-{seed}", seed, status="failed").name for seed in SEEDS}
        self.row("crashed", "too fast", crashed, status="failed", reason="the loss is not finite")
        self.row("plain", "as they are", best, metric="untransferred-accuracy", reference={"paper": 40.06})
        create(self.root, "judge").update_record({"status": "finished", "measures": {}})
        return self.written()

    def written(self) -> StudyFolder:
        """Write the study's folder, with the rows so far."""
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.folder.study.write_text(STUDY.format(description=self.description), encoding="utf-8")
        self.folder.table.write_text(strict_json.dumps({"rows": self.rows}), encoding="utf-8")
        return self.folder


def _named(metric: str, says: Mapping[str, float], factor: float = 1.0) -> dict[str, float]:
    return {f"{metric}/{judge}": factor * share for judge, share in says.items()}


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "runs")
