"""A run directory as a finished transfer leaves it, written by hand: reports read files, they train nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.report.pictures import pair_grid, save_picture
from ganforge.report.readings import Pairs, Reader, Readings, save_readings
from ganforge.runs import strict_json
from ganforge.runs.directory import RunDirectory, create
from ganforge.runs.journal import Journal

IMAGES = 200
CLASSES = 10
STEPS = 400

RECIPE = """
[recipe]
name = "street-to-writing"
description = "{description}"
seed = 3
[data.source]
use = "acme/street"
[data.target]
use = "acme/writing"
[data.test]
use = "acme/street"
[networks.generator]
use = "acme/generator"
[judges.pooled]
recipe = "recipes/judge.toml"
[train]
steps = 400
batch_size = 16
"""

JUDGE = """
[recipe]
name = "judge"
seed = 7
[data.images]
use = "acme/writing"
[networks.classifier]
use = "acme/reader"
[train]
steps = 10
batch_size = 16
"""

Edit = Callable[[dict[str, Any]], None]


class Writer:
    """Writes run directories.

    Args:
        root: the folder of runs.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        draw = np.random.default_rng(0)
        self.labels = draw.integers(0, CLASSES, IMAGES)
        self.inputs = draw.integers(0, 256, (IMAGES, 8, 8, 3), np.uint8)
        self.outputs = draw.integers(0, 256, (IMAGES, 8, 8, 1), np.uint8)

    def said(self, wrong: int) -> Any:
        """Return the classes of a reader that takes the first `wrong` images for the next class."""
        return np.where(np.arange(IMAGES) < wrong, (self.labels + 1) % CLASSES, self.labels)

    def readings(self, judges: dict[str, int], labelled: bool = True) -> Readings:
        """Return readings of judges that misread so many images, and of the run's own network, which misreads four."""
        sample = np.arange(0, IMAGES, 5)
        extra = np.array([1, 2])
        chosen = np.concatenate([sample, extra])
        own = Reader("encoder", "source_logits", "what f says of s", False, self.said(4))
        return Readings(
            "test",
            IMAGES,
            CLASSES,
            self.labels if labelled else None,
            [own, *(Reader(name, "", "", True, self.said(wrong)) for name, wrong in judges.items())],
            Pairs(chosen, self.inputs[chosen], self.outputs[chosen], len(sample)),
        )

    def transfer(
        self, name: str = "transfer", description: str = "a made-up transfer", edit: Edit | None = None
    ) -> RunDirectory:
        """Write a finished transfer with two judges, one of which has its run beside it."""
        run = create(self.root, name)
        run.recipe.write_text(RECIPE.format(description=description), encoding="utf-8")
        (run.path / "recipes").mkdir()
        (run.path / "recipes" / "judge.toml").write_text(JUDGE, encoding="utf-8")
        self.judge()
        record: dict[str, Any] = {
            "status": "finished",
            "hash": "0123456789abcdef",
            "method": "dtn/dtn",
            "measures": {
                "input": "source",
                "pictures_like": "target",
                "select": "transfer-accuracy",
                "ceiling": "encoder-accuracy",
            },
            "meanings": {
                "transfer-accuracy": {"unit": "share", "better": "higher"},
                "encoder-accuracy": {"unit": "share", "better": "higher"},
                "frechet-distance": {"unit": "distance", "better": "lower"},
            },
            "loss_meanings": {"d.accuracy": {"unit": "share"}},
            "digests": {"source": "5a" * 32, "target": "7b" * 32, "test": "9c" * 32},
            "notices": {"test": ["acme/street: only a part of the official file"]},
            "children": {"judges.pooled": "judge-1", "judges.strided": "judge-2"},
            "plugins": {"acme": "ganforge-acme 1.2"},
            "environment": {"python": "3.11", "packages": {"torch": "2.15"}},
            "fingerprint": {"device": "cpu", "device name": "a processor", "precision": "fp32"},
        }
        metrics: dict[str, Any] = {
            "step": 200,
            "score": 0.9,
            "seconds": 83.0,
            "batch_norm": "recalibrated",
            "labels_in_losses": [],
            "sets": {
                "validation": {"images": 50, "transfer-accuracy/pooled": 0.92, "transfer-accuracy/strided": 0.88},
                "test": {
                    "images": IMAGES,
                    "transfer-accuracy/pooled": 0.9,
                    "transfer-accuracy/strided": 0.8,
                    "encoder-accuracy": 0.98,
                    "frechet-distance": 12.5,
                },
            },
        }
        if edit:
            edit({"record": record, "metrics": metrics})
        run.update_record(record)
        run.metrics.write_text(strict_json.dumps(metrics), encoding="utf-8")
        save_readings(run.readings, [self.readings({"pooled": 20, "strided": 40})])
        self.curves(run)
        for step in (100, 200, 400):
            save_picture(pair_grid(self.inputs[:16], self.outputs[:16]), run.samples / f"step-{step:08d}.png")
        return run

    def judge(self) -> RunDirectory:
        """Write a finished classifier, which makes no pictures."""
        run = create(self.root, "judge-1")
        run.recipe.write_text(JUDGE, encoding="utf-8")
        run.update_record(
            {
                "status": "finished",
                "measures": {"input": "images", "pictures_like": None, "select": "accuracy"},
                "meanings": {"accuracy": {"unit": "share", "better": "higher"}},
            }
        )
        sets = {"test": {"images": IMAGES, "accuracy": 0.995}}
        metrics = {"step": 10, "score": None, "seconds": 1.0, "labels_in_losses": ["images_labels"], "sets": sets}
        run.metrics.write_text(strict_json.dumps(metrics), encoding="utf-8")
        own = Reader("classifier", "logits", "the class scores", False, self.said(1))
        save_readings(run.readings, [Readings("test", IMAGES, CLASSES, self.labels, [own])])
        return run

    @staticmethod
    def curves(run: RunDirectory) -> None:
        """Write a journal of losses, an accuracy, and validation."""
        with Journal(run.journal, pytest.fail) as journal:
            for step in range(20, STEPS + 1, 20):
                journal.write({"event": "losses", "step": step, "constancy": 9 / step, "d.accuracy": 0.5})
                if step % 200 == 0:
                    journal.write({"event": "validation", "step": step, "transfer-accuracy/pooled": 0.9})


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "runs")
