"""The training loop: steps, and what happens between them - log, sample, validate, checkpoint, stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from ganforge.errors import RunError
from ganforge.meaning import Meaning
from ganforge.measuring.evaluator import Evaluator
from ganforge.quantities.meanings import loss_meanings
from ganforge.report.pictures import save_picture
from ganforge.runs import checkpoint
from ganforge.runs.directory import RunDirectory
from ganforge.runs.journal import Journal
from ganforge.training.assemble import Groups
from ganforge.training.health import Health
from ganforge.training.samples import SampleGrid
from ganforge.training.signals import StopRequest
from ganforge.training.step import Stepper
from ganforge.watching.listener import Listener, Progress


@dataclass(frozen=True)
class Best:
    """The checkpoint that did best on the validation images."""

    step: int
    score: float


class Trainer:
    """Trains to the end, from the newest valid checkpoint if there is one.

    Args:
        stepper: performs steps.
        evaluator: gives the score of what is measured.
        validate: measures networks on what is held out to select a checkpoint, or None.
        samples: draws the sample grid, or None.
        run: the run directory.
        journal: what happened, line by line.
        listener: who watches.
        stop: whether to stop.
    """

    def __init__(
        self,
        stepper: Stepper,
        evaluator: Evaluator,
        validate: Callable[[Mapping[str, nn.Module]], dict[str, float]] | None,
        samples: SampleGrid | None,
        run: RunDirectory,
        journal: Journal,
        listener: Listener,
        stop: StopRequest,
    ) -> None:
        self.stepper = stepper
        self.evaluator = evaluator
        self.validate = validate
        self.samples = samples
        self.run = run
        self.journal = journal
        self.listener = listener
        self.stop = stop
        self.health = Health(stepper.plan)
        self.table = stepper.plan.recipe.train
        self.meanings = loss_meanings(stepper.plan)
        selected = stepper.plan.recipe.meanings[stepper.plan.recipe.select or ""]
        self.direction = selected if selected.better else Meaning(selected.unit, "higher")
        self.best: Best | None = None
        self.done = 0
        self.seconds = 0.0

    def train(self) -> dict[str, nn.Module]:
        """Train, and return the networks to keep: those of the best checkpoint, or of the last without validation.

        Raises:
            Interrupted: a signal asked to stop; the state is saved.
            TrainingError: a loss is no longer finite.
        """
        self._restore()
        self.listener.began(self.done)
        table, began, logged, logged_at = self.table, time.monotonic(), self.done, time.monotonic()
        before = self.seconds
        with self.stop.guarded():
            while self.done < table.steps:
                log = self._due(table.log_every, self.done + 1)
                # --- one step
                self.stepper.step(self.done, watch=log)
                self.done += 1
                # --- read the losses
                if log:
                    self.stepper.guard.raise_if_tripped()
                    means = self.stepper.take_means()
                    now = time.monotonic()
                    rate = (self.done - logged) * table.batch_size * table.accumulate / max(now - logged_at, 1e-9)
                    logged, logged_at = self.done, now
                    self.journal.write({"event": "losses", "step": self.done, **means})
                    self.listener.progress(Progress(self.done, table.steps, rate, means, self.meanings))
                    self._warn(means)
                # --- look at samples and validation images
                if self.samples and self._due(table.sample_every, self.done):
                    self._sample()
                better = self._validate() if self._due(table.validate_every, self.done) else None
                # --- save
                stopping = self.stop.signal_number is not None
                if better or stopping or self._due(table.checkpoint_every, self.done):
                    self.seconds = before + time.monotonic() - began
                    self._save(better or self.best, must=stopping)
                if stopping:
                    break
        self.stop.raise_if_requested()
        return self._kept()

    def state_dict(self) -> tuple[Groups, dict[str, Any]]:
        """Return what a checkpoint holds: tensors by group, and JSON values."""
        tensors, values = self.stepper.state_dict()
        best = asdict(self.best) if self.best else None
        return tensors, {**values, "best": best, "seconds": self.seconds, "health": self.health.state_dict()}

    def load_state_dict(self, tensors: Groups, state: Mapping[str, Any]) -> None:
        """Restore the result of `state_dict`."""
        self.stepper.load_state_dict(tensors, state)
        self.best = Best(**state["best"]) if state.get("best") else None
        self.seconds = float(state.get("seconds", 0.0))
        self.health.load_state_dict(state.get("health", {}))

    def _due(self, interval: int, done: int) -> bool:
        return done % interval == 0 or done == self.table.steps

    def _restore(self) -> None:
        found = checkpoint.load_latest(
            self.run.checkpoints,
            lambda path, reason: self.listener.note(f"skipped the damaged checkpoint {path.name}: {reason}"),
        )
        if found is None:
            self.journal.truncate_after(-1)
            return
        self.load_state_dict(found.tensors, found.state)
        self.done = found.step
        self.journal.truncate_after(found.step)
        self.listener.note(f"resumed at step {found.step}")

    def _warn(self, means: dict[str, float]) -> None:
        for warned in self.health.observe(self.done, means):
            self.journal.write({"event": "warning", "step": self.done, "name": warned.name, "text": warned.text})
            self.listener.note(f"warning: {warned.text}")

    def _sample(self) -> None:
        assert self.samples is not None
        picture = self.samples.picture(self.stepper.parts.evaluated())
        path = self.run.samples / f"step-{self.done:08d}.png"
        try:
            save_picture(picture, path)
        except OSError as error:
            self.listener.note(f"{path} cannot be written: {error.strerror or error}")
            return
        self.listener.sampled(self.done, picture, path)

    def _validate(self) -> Best | None:
        """Measure on what is held out; return what is best now if that is an improvement."""
        if self.validate is None:
            return None
        values = self.validate(self.stepper.parts.evaluated())
        self.journal.write({"event": "validation", "step": self.done, **values})
        self.listener.measured(self.done, "validation", values)
        score = self.evaluator.score(values)
        if score is None or math.isnan(score) or (self.best and not self.direction.improves(score, self.best.score)):
            return None
        return Best(self.done, score)

    def _save(self, best: Best | None, must: bool) -> None:
        self.stepper.guard.raise_if_tripped()
        saved, self.best = self.best, best
        try:
            self.journal.sync()
            checkpoint.save_checkpoint(self.run.checkpoints, self.done, *self.state_dict())
        except RunError as error:
            # A full disk in the middle costs a checkpoint, not the training; nor is what was not saved the best.
            self.best = saved
            if must or self.done == self.table.steps:
                raise
            self.listener.note(str(error))
            return
        checkpoint.remove_old_checkpoints(
            self.run.checkpoints,
            self.table.keep,
            {self.best.step} if self.best else set(),
            lambda path, reason: self.listener.note(f"could not delete the old checkpoint {path.name}: {reason}"),
        )

    def _kept(self) -> dict[str, nn.Module]:
        """The networks of the best checkpoint."""
        if self.best is not None and self.best.step != self.done:
            path = _checkpoint_path(self.run.checkpoints, self.best.step)
            best = checkpoint.load_checkpoint(path)
            self.stepper.parts.load_state_dict(best.tensors, best.state)
        return self.stepper.parts.evaluated()


def _checkpoint_path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}"
