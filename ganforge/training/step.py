"""One training step: the phases in order, each computing its terms, their gradient and one update.

Phases share quantities until an update makes them stale, so g(f(s)) is computed once for D and for g. Losses stay on
the device until the loop asks for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ganforge.data.source import ImageSet
from ganforge.networks.settings import Settings
from ganforge.quantities.plan import Plan
from ganforge.quantities.terms import Monitor, PhasePlan
from ganforge.quantities.values import Values
from ganforge.seeding import derive
from ganforge.training.assemble import Assembly, Groups
from ganforge.training.leaves import Leaves
from ganforge.training.update import Gradients, Updater


class Stepper:
    """Performs training steps, and updates the networks, averages and optimizers of `parts` in place."""

    def __init__(self, plan: Plan, parts: Assembly, data: Mapping[str, ImageSet], settings: Settings) -> None:
        self.plan = plan
        self.parts = parts
        self.settings = settings
        self.leaves = Leaves(plan, parts, data, settings)
        self.batches = self.leaves.batches
        self.updater = Updater(plan, parts, settings)
        self.guard = self.updater.guard
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.resting: set[str] = set()
        self._next: dict[str, Tensor] = {}
        # For each phase, the number of its first additional draw, relative to the first draw of the step.
        self._draws = list(itertools.accumulate((phase.table.draws for phase in plan.phases), initial=0))

    def step(self, number: int, watch: bool = False) -> None:
        """Perform a step, counted from 0; add its losses to `sums`, and with `watch` also its monitors.

        Raises:
            TrainingError: a loss or gradient is not finite (on a GPU: raised by `guard` when it is read).
        """
        moment, states = self.plan.moment, self.leaves.states
        moment.step = number
        try:
            # --- draw; torch's generator is seeded because networks may draw too (dropout)
            torch.manual_seed(derive(self.plan.recipe.recipe.seed, "step", number))
            first = number * (1 + self._draws[-1])
            batches = self._batches(first)
            pending = {**(self.plan.monitors if watch else {}), **self.plan.due(number)}

            # --- phases
            for phase, before in zip(self.plan.phases, self._draws, strict=False):
                for repetition in range(phase.table.repeat if phase.acts(number) else 0):
                    if phase.table.fresh and repetition:
                        batches = self._batches(first + before + repetition)
                    if not self._act(phase, batches, number, pending):
                        break

            # --- states; quantities that no phase has computed are computed now
            if left := {name: pending[name] for name in pending if name in states}:
                self._watch(next(iter(batches())), left, compute=True)
            states |= self._next
            self._next.clear()
            for name, value in states.items() if watch else ():
                if value.ndim == 0:
                    self._add(name, value)
        finally:
            moment.step = None

    def _batches(self, draw: int) -> Callable[[], Iterable[Values]]:
        """Return a function that gives the quantities of each batch of a draw.

        With one batch a draw, phases share its quantities. With several, each phase computes its own, one batch after
        another, so that only one batch's graph is in memory.
        """
        count = self.plan.recipe.train.accumulate
        if count == 1:
            shared = [self.leaves.values(draw)]
            return lambda: shared
        return lambda: (self.leaves.values(draw * count + index) for index in range(count))

    def _act(
        self, phase: PhasePlan, batches: Callable[[], Iterable[Values]], number: int, pending: dict[str, Monitor]
    ) -> bool:
        """Perform one update of a phase; return False if it has no gradient or one of its conditions forbids it."""
        acting = phase.acting(number)
        count, steps = self.plan.recipe.train.accumulate, self.plan.recipe.train.steps
        gradients: Gradients = ()
        losses: list[dict[str, Tensor]] = []
        totals: list[Tensor] = []
        for values in batches():
            # --- quantities
            with self.settings.autocast():
                inputs = {need: values[need] for term in acting for need in term.needs}

            # --- losses, always in full precision
            inputs = {name: _full(value) for name, value in inputs.items()}
            terms = {term.name: term.function(*(inputs[need] for need in term.needs)) for term in acting}
            total = sum(terms[term.name] * term.factor(number, steps) for term in acting)
            if not isinstance(total, Tensor) or not total.requires_grad:
                return False
            for name, value in terms.items():
                self._add(name, value)
            self._watch(values, pending)

            # --- conditions
            totals.append(total.detach())
            if len(totals) == count and self._is_held_back(phase, totals):
                return False

            # --- gradients
            losses.append({name: value.detach() for name, value in terms.items()})
            gradients = self.updater.gradients(phase, total if count == 1 else total / count, gradients)

        # --- update
        mean = losses[0]
        if count > 1:
            mean = {name: torch.stack([one[name] for one in losses]).mean() for name in mean}
        self.updater.update(phase, number, gradients, mean)

        # --- drop the quantities that the update made stale
        for values in batches() if count == 1 else ():
            for role in phase.table.roles:
                values.forget(role)
        return True

    def _is_held_back(self, phase: PhasePlan, totals: Sequence[Tensor]) -> bool:
        """Return True if a lower bound or the hysteresis forbids this update; reading the loss waits for the device."""
        table = phase.table
        if table.lower_bound is None and table.hysteresis is None:
            return False
        loss = sum(map(float, totals)) / len(totals)
        if table.hysteresis is not None:
            low, high = table.hysteresis
            if loss < low:
                self.resting.add(phase.name)
            elif loss > high:
                self.resting.discard(phase.name)
        held = phase.name in self.resting or (table.lower_bound is not None and loss < table.lower_bound)
        self._add(f"{phase.name}.held_back", totals[0].new_tensor(float(held)))
        return held

    def _watch(self, values: Values, pending: dict[str, Monitor], compute: bool = False) -> None:
        """Evaluate pending monitors and states: only those with all needs computed already, or all of them."""
        for name, (function, needs) in list(pending.items()):
            if compute or all(need in values for need in needs):
                with self.settings.autocast():
                    inputs = [values[need] for need in needs]
                with torch.no_grad():
                    value = function(*map(_full, inputs))
                if name in self.leaves.states:
                    self._next[name] = value.detach().to(self.leaves.states[name].dtype)
                else:
                    self._add(name, value)
                del pending[name]

    def _add(self, name: str, value: Tensor) -> None:
        value = value.detach()
        self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.counts[name] = self.counts.get(name, 0) + 1

    def take_means(self) -> dict[str, float]:
        """Return the means of all losses and monitors since the last call, in one transfer from the device."""
        if not self.sums:
            return {}
        means = torch.stack([total.double() for total in self.sums.values()]).tolist()
        result = {name: mean / self.counts[name] for name, mean in zip(self.sums, means, strict=True)}
        self.sums.clear()
        self.counts.clear()
        return result

    def state_dict(self) -> tuple[Groups, dict[str, Any]]:
        """Return everything that a resumed run needs to continue to the same bits: tensors by group, and JSON values.

        Batches, augmentations, dropout and scheduled learning rates are functions of the step, and constant quantities
        are recomputed, so they are not included.
        """
        groups, state = self.parts.state_dict()
        groups |= {"sums": dict(self.sums), "states": dict(self.leaves.states)}
        state |= {"counts": dict(self.counts), "resting": sorted(self.resting)}
        return {name: tensors for name, tensors in groups.items() if tensors}, state

    def load_state_dict(self, tensors: Groups, state: Mapping[str, Any]) -> None:
        """Restore the result of `state_dict` of a stepper that was assembled from the same recipe."""
        self.parts.load_state_dict(tensors, state)
        device = self.settings.device
        self.sums = {name: tensor.to(device) for name, tensor in tensors.get("sums", {}).items()}
        self.leaves.states |= {name: tensor.to(device) for name, tensor in tensors.get("states", {}).items()}
        self.counts = {name: int(count) for name, count in state.get("counts", {}).items()}
        self.resting = set(state.get("resting", []))


def _full(value: Tensor) -> Tensor:
    """Convert bf16 and fp16 to fp32."""
    return value.float() if value.dtype in (torch.bfloat16, torch.float16) else value
