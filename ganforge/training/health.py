"""Pathologies of adversarial training, reported while they happen.

They are judged from the means that the log reads anyway, so watching costs no synchronisation. A judgement is a
function of these means and of a state in the checkpoint, so a resumed run warns like an uninterrupted one. Roles are
told apart by the updates of terms, independently of the method: an accuracy is a monitor of a loss that updates a
discriminator, and declared a share.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Any

from ganforge.marks import marks_of
from ganforge.quantities.plan import Plan
from ganforge.quantities.terms import diversity_name

EVERY = 10  # Steps; shorter means say more about their batches than about the training.
PATIENCE = 3  # Judgements in a row before a condition counts as begun, and before it counts as ended.
WON_ACCURACY = 0.99
WON_LOSS = 0.01
SURE_LOSS = 0.1  # All of a small batch may be recognised by chance; then the loss is not as low.
COLLAPSED = 0.15
WINDOW = 6  # Changes of a loss that its swing is taken over.
SWING = 0.35  # Healthy runs stay below 0.05, noise of 10 % below 0.25.
GROWTH = 10.0
FLOOR = 0.1  # Of the first level; changes of a loss below that are irrelevant.


@dataclass(frozen=True)
class Warned:
    """A warning of `d-has-won`, `collapse` or `unstable.PHASE`: since which step it holds, and what to try."""

    name: str
    since: int
    text: str


@dataclass
class _Condition:
    """A condition without flicker: it begins and ends only after `PATIENCE` equal judgements in a row."""

    since: int = 0
    held: int = 0
    quiet: int = 0
    told: bool = False

    def begins(self, step: int, holds: bool) -> bool:
        """Record a judgement; return True if it is the one to warn of."""
        if holds:
            self.since = self.since if self.held else step
            self.held, self.quiet = self.held + 1, 0
            if self.held >= PATIENCE and not self.told:
                self.told = True
                return True
        else:
            self.quiet += 1
            if not self.told or self.quiet >= PATIENCE:
                self.held, self.told = 0, False
        return False


@dataclass
class _Course:
    """The course of a phase's loss, relative to its first level.

    Growth counts from the highest of its first levels, as a penalty may be almost 0 in the first steps.
    """

    first: float
    start: float = 1.0
    lowest: float = 1.0
    last: list[float] = field(default_factory=list)

    def take(self, loss: float) -> None:
        level = max(loss / self.first, 0.0)
        if len(self.last) < PATIENCE:
            self.start = self.lowest = max(self.start, level)
        self.last = [*self.last, level][-WINDOW - 1 :]
        self.lowest = min(self.lowest, level)

    @property
    def swing(self) -> float:
        """Path length of the log loss less its net change, per change: 0 for a steady rise or fall."""
        if len(self.last) <= WINDOW:
            return 0.0
        # A first level far above 1 tells how bad the beginning was, not how large a change would be.
        scale = max(self.first, 1.0)
        logs = [math.log(level * scale + FLOOR) for level in self.last]
        path = sum(abs(after - before) for before, after in pairwise(logs))
        return (path - abs(logs[-1] - logs[0])) / WINDOW

    @property
    def growth(self) -> float:
        """Loss relative to its lowest level."""
        return self.last[-1] / max(self.lowest, FLOOR * self.start)


class Health:
    """Judges a training by the losses and monitors of a plan."""

    def __init__(self, plan: Plan) -> None:
        kinds = {role: found.kind for role, found in plan.recipe.method_class.networks.items()}
        own = [term for term in plan.terms if kinds.get(term.updates) == "discriminator"]
        losses, shares = {term.loss for term in own}, {name for name in plan.monitors if plan.meanings[name].is_share}
        self._discriminating = {term.name for term in own}
        self._accuracies = {name for name in shares if name.split(".")[0] in losses}
        self._fooling = {term.name for term in plan.terms if term.loss in losses} - self._discriminating
        self._diversity = diversity_name(plan.recipe.method_class)
        self._phases = {phase.name: {term.name: term.weight for term in phase.terms} for phase in plan.phases}
        # Losses that may be negative have no level to compare with.
        self._signed = {term.name for term in plan.terms if marks_of(term.function).signed}
        self._judged = 0
        self._pending: list[dict[str, float]] = []
        self._conditions: dict[str, _Condition] = {}
        self._courses: dict[str, _Course] = {}

    def observe(self, step: int, means: Mapping[str, float]) -> list[Warned]:
        """Record means of losses and monitors since the last call; return each condition once when it has begun."""
        self._pending.append(dict(means))
        if step - self._judged < EVERY:
            return []
        names = dict.fromkeys(name for taken in self._pending for name in taken)
        levels = {name: fmean([taken[name] for taken in self._pending if name in taken]) for name in names}
        self._judged, self._pending = step, []
        found = []
        for name, holds, text in self._judge(levels):
            condition = self._conditions.setdefault(name, _Condition())
            if condition.begins(step, holds):
                found.append(Warned(name, condition.since, f"{text} (since step {condition.since})"))
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "signed": sorted(self._signed),
            "judged": self._judged,
            "pending": self._pending,
            "conditions": {name: asdict(condition) for name, condition in self._conditions.items()},
            "courses": {name: asdict(course) for name, course in self._courses.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state_dict`; an empty mapping is the initial state."""
        self._signed |= set(state.get("signed", []))
        self._judged = int(state.get("judged", 0))
        self._pending = list(state.get("pending", []))
        self._conditions = {name: _Condition(**values) for name, values in state.get("conditions", {}).items()}
        self._courses = {name: _Course(**values) for name, values in state.get("courses", {}).items()}

    def _judge(self, levels: Mapping[str, float]) -> Iterator[tuple[str, bool, str]]:
        """Yield each condition that can be judged: its name, True if it holds, and the warning."""
        self._signed |= {name for name in levels if levels[name] < 0}
        losses, accuracies = _of(levels, self._discriminating), _of(levels, self._accuracies)
        if losses:
            sure = bool(accuracies) and min(accuracies) >= WON_ACCURACY and fmean(losses) < SURE_LOSS
            # The loss of a critic without a logarithm passes zero without D having won.
            small = min(losses) >= 0 and max(losses) < WON_LOSS
            yield "d-has-won", sure or small, _won(losses, _of(levels, self._fooling), accuracies)
        if self._diversity in levels:
            share = levels[self._diversity]
            yield (
                "collapse",
                share < COLLAPSED,
                f"collapse: outputs of different inputs differ {share:.0%} as much as real images do; try a lower "
                "learning rate for what makes them, and see that its input differs",
            )
        for phase, weights in self._phases.items():
            if not weights.keys() <= levels.keys() - self._signed:
                continue
            loss = sum(weight * levels[name] for name, weight in weights.items())
            if phase not in self._courses and loss > 0:
                self._courses[phase] = _Course(loss)
            if phase in self._courses:
                course = self._courses[phase]
                course.take(loss)
                grew = course.growth > GROWTH
                what = f"grew to {loss:.3g}" if grew else f"swings, and is {loss:.3g} now"
                yield (
                    f"unstable.{phase}",
                    grew or course.swing > SWING,
                    f"unstable: the loss of the phase {phase!r} {what}, having begun at {course.first:.3g}; try a "
                    "lower learning rate for it, or clip_norm",
                )


def _won(losses: list[float], fooling: list[float], accuracies: list[float]) -> str:
    accuracy = f"it recognises at least {min(accuracies):.0%} of each kind of images" if accuracies else "it errs never"
    answer = f", and the losses of what should fool it are {fmean(fooling):.3g} on average" if fooling else ""
    return (
        f"D has won: {accuracy}, its own losses are {fmean(losses):.3g}{answer}; try a lower learning rate for the "
        "discriminator, spectral_norm = true, or a lower_bound on its phase"
    )


def _of(levels: Mapping[str, float], names: set[str]) -> list[float]:
    return [levels[name] for name in sorted(names) if name in levels]
