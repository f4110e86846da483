"""The training loop: steps, and between them logging, samples, validation and checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from ganforge.errors import RunError
from ganforge.meaning import Meaning
from ganforge.measuring.evaluator import Evaluator
from ganforge.report.pictures import save_picture
from ganforge.runs import checkpoint
from ganforge.runs.directory import RunDirectory
from ganforge.runs.journal import Journal, left_out
from ganforge.training.assemble import Groups
from ganforge.training.health import Health
from ganforge.training.samples import SampleGrid
from ganforge.training.signals import StopRequest
from ganforge.training.step import Stepper
from ganforge.watching.listener import Listener, Progress


@dataclass(frozen=True)
class Best:
    """The checkpoint with the best score on the validation images."""

    step: int
    score: float


@dataclass
class Trainer:
    """Trains to the end, from the newest valid checkpoint if there is one.

    `validate` measures networks to select the `best` checkpoint. `done` counts steps, and `seconds` the time until the
    last checkpoint.
    """

    stepper: Stepper
    evaluator: Evaluator
    validate: Callable[[Mapping[str, nn.Module]], dict[str, float]] | None
    samples: SampleGrid | None
    run: RunDirectory
    journal: Journal
    listener: Listener
    stop: StopRequest
    best: Best | None = None
    done: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.plan = self.stepper.plan
        self.table = self.plan.recipe.train
        self.health = Health(self.plan)
        selected = self.plan.recipe.meanings[self.plan.recipe.select or ""]
        self.direction = selected if selected.better else Meaning(selected.unit, "higher")

    def train(self) -> dict[str, nn.Module]:
        """Train; return the networks of the best checkpoint, or of the last step if nothing selects.

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
                log = self._is_due(table.log_every, self.done + 1)

                # --- one step
                self.stepper.step(self.done, watch=log)
                self.done += 1

                # --- losses
                if log:
                    self.stepper.guard.raise_if_tripped()
                    means = self.stepper.take_means()
                    now = time.monotonic()
                    rate = (self.done - logged) * table.batch_size * table.accumulate / max(now - logged_at, 1e-9)
                    logged, logged_at = self.done, now
                    self.journal.write({"event": "losses", "step": self.done, **means})
                    self.listener.progress(Progress(self.done, table.steps, rate, means, self.plan.meanings))
                    self._warn(means)

                # --- samples
                if self.samples and self._is_due(table.sample_every, self.done):
                    self._draw_samples(self.samples)

                # --- validation
                better = None
                if self.validate and self._is_due(table.validate_every, self.done):
                    better = self._find_better(self.validate(self.stepper.parts.evaluated()))

                # --- checkpoint
                stopping = self.stop.signal_number is not None
                if better or stopping or self._is_due(table.checkpoint_every, self.done):
                    self.seconds = before + time.monotonic() - began
                    self._save(better or self.best, must=stopping)
                if stopping:
                    break
        self.stop.raise_if_requested(f"; saved at step {self.done:,} of {table.steps:,}")

        # --- the best checkpoint
        parts, best = self.stepper.parts, self._read_best()
        if best is not None:
            parts.load_state_dict(best.tensors, best.state)
        return parts.evaluated()

    def state_dict(self) -> tuple[Groups, dict[str, Any]]:
        """Return the content of a checkpoint: tensors by group, and JSON values.

        The stepper gives networks, averages and optimizers, sums of losses, states and resting phases; the loop adds
        the best validation, the seconds and the state of the warnings.
        """
        tensors, values = self.stepper.state_dict()
        best = asdict(self.best) if self.best else None
        return tensors, {**values, "best": best, "seconds": self.seconds, "health": self.health.state_dict()}

    def load_state_dict(self, tensors: Groups, state: Mapping[str, Any]) -> None:
        """Restore the result of `state_dict`."""
        self.stepper.load_state_dict(tensors, state)
        self.best = Best(**state["best"]) if state.get("best") else None
        self.seconds = float(state.get("seconds", 0.0))
        self.health.load_state_dict(state.get("health", {}))

    def _is_due(self, interval: int, done: int) -> bool:
        return done % interval == 0 or done == self.table.steps

    def _restore(self) -> None:
        found = checkpoint.load_latest(
            self.run.checkpoints,
            lambda path, reason: self.listener.note(f"skipped the damaged checkpoint {path.name}: {reason}"),
        )
        if found is None:
            self._truncate_journal()
            return
        self.load_state_dict(found.tensors, found.state)
        self.done = found.step
        self._truncate_journal()
        self.listener.note(f"resumed at step {found.step}")
        self._read_best()  # if it is lost, a later step may take its place

    def _truncate_journal(self) -> None:
        if damaged := self.journal.truncate_after(self.done):
            self._tell("journal-damaged", left_out(damaged))

    def _read_best(self) -> checkpoint.Checkpoint | None:
        """Return the best checkpoint, or None if that is the present step, as it becomes if the best is lost."""
        if self.best is None or self.best.step == self.done:
            return None
        try:
            return checkpoint.load_checkpoint(checkpoint.path_of(self.run.checkpoints, self.best.step))
        except RunError as error:
            text = f"the best step, {self.best.step}, is lost ({error.message}); step {self.done} takes its place"
            self._tell("best-lost", text)
            score = self.evaluator.score(self.validate(self.stepper.parts.evaluated())) if self.validate else None
            self.best = None if score is None or math.isnan(score) else Best(self.done, score)
            return None

    def _warn(self, means: dict[str, float]) -> None:
        for warned in self.health.observe(self.done, means):
            self._tell(warned.name, warned.text)

    def _tell(self, name: str, text: str) -> None:
        """Warn in the journal, too."""
        self.journal.write({"event": "warning", "step": self.done, "name": name, "text": text})
        self.listener.note(f"warning: {text}")

    def _draw_samples(self, samples: SampleGrid) -> None:
        picture = samples.picture(self.stepper.parts.evaluated())
        path = self.run.samples / f"step-{self.done:08d}.png"
        try:
            save_picture(picture, path)
        except OSError as error:
            self.listener.note(f"{path} cannot be written: {error.strerror or error}")
            return
        self.listener.sampled(self.done, picture, path)

    def _find_better(self, values: dict[str, float]) -> Best | None:
        """Report a validation; return the new best if it is an improvement."""
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
            # A full disk during training costs a checkpoint, not the run; an unsaved state cannot be the best.
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
