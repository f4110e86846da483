"""One update of a phase: gradients, finite guard, clipping, learning rates, optimizer steps, and averages.

Gradients are taken with respect to the phase's parameters alone, so no `requires_grad` flag is toggled and nothing else
is differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ganforge.errors import TrainingError
from ganforge.networks.settings import Settings
from ganforge.quantities.plan import Plan
from ganforge.quantities.terms import PhasePlan
from ganforge.training.assemble import Assembly, set_number

Gradients = Sequence[Tensor | None]


class FiniteGuard:
    """Prevents updates with a non-finite loss or gradient.

    On a CPU each update is checked. On a GPU, or if `deferred`, a check would stall the pipeline, so the verdict stays
    on the device: a fused optimizer receives it and leaves the weights alone, it stays set for all later updates, and
    the training loop reads it together with the losses. Updates by other optimizers are always checked at once.
    """

    def __init__(self, device: torch.device, deferred: bool | None = None) -> None:
        self.deferred = device.type != "cpu" if deferred is None else deferred
        self._tripped = torch.zeros((), device=device)
        # By phase and terms: names of the checked values, and for each the step in which it tripped the guard, else -1.
        self._watched: dict[tuple[str, ...], list[str]] = {}
        self._first: dict[tuple[str, ...], Tensor] = {}

    def require_finite(
        self,
        phase: str,
        step: int,
        terms: Mapping[str, Tensor],
        gradients: Sequence[Tensor | None],
        *optimizers: torch.optim.Optimizer,
    ) -> None:
        """Check one update of a phase by some optimizers, before it is made.

        Raises:
            TrainingError: not deferred, and a loss or gradient is not finite.
        """
        present = [gradient for gradient in gradients if gradient is not None]
        total = torch.stack(torch._foreach_norm(present)).sum() if present else self._tripped.new_zeros(())
        bad = ~torch.isfinite(torch.stack([*(value.detach() for value in terms.values()), total]))
        watched = (phase, *terms)  # lazy terms are missing in some steps
        if watched not in self._first:
            self._watched[watched] = [f"the loss {name!r}" for name in terms] + [f"the gradient of the phase {phase!r}"]
            self._first[watched] = torch.full(bad.shape, -1.0, device=bad.device)
        self._first[watched] = torch.where(bad & (self._tripped == 0), float(step), self._first[watched])
        self._tripped = torch.maximum(self._tripped, bad.any().to(self._tripped))
        if self.deferred and all(getattr(optimizer, "_step_supports_amp_scaling", False) for optimizer in optimizers):
            for optimizer in optimizers:
                optimizer.grad_scale = None  # type: ignore[attr-defined]
                optimizer.found_inf = self._tripped  # type: ignore[attr-defined]
        else:
            self.raise_if_tripped()

    def raise_if_tripped(self) -> None:
        """Read the verdict.

        Raises:
            TrainingError: a loss or gradient was not finite; names the first one and its step.
        """
        if not bool(self._tripped):
            return
        # Losses precede the gradient: a non-finite loss is the cause of a non-finite gradient.
        step, what = next(
            (int(step), what)
            for phase, first in self._first.items()
            for step, what in zip(first.tolist(), self._watched[phase], strict=True)
            if step >= 0
        )
        raise TrainingError(
            f"{what} is not finite in step {step + 1}; the weights were left as they were before",
            fix="lower the learning rate, clip gradients (clip_norm), or train in fp32",
        )


class Updater:
    """Updates the networks of a plan; `guard` checks losses and gradients."""

    def __init__(self, plan: Plan, parts: Assembly, settings: Settings) -> None:
        self._plan = plan
        self._parts = parts
        self._parameters = {
            role: [parameter for parameter in parts.networks[role].parameters() if parameter.requires_grad]
            for role in plan.trained
        }
        self.guard = FiniteGuard(settings.device)

    def gradients(self, phase: PhasePlan, total: Tensor, others: Gradients = ()) -> Gradients:
        """Return the gradient of a phase's loss for each parameter, added to gradients of other batches.

        A gradient is None if the loss does not depend on the parameter.
        """
        found = torch.autograd.grad(total, self._parameters_of(phase), allow_unused=True)
        if not others:
            return found
        pairs = zip(others, found, strict=True)
        return [one if two is None else two if one is None else one + two for one, two in pairs]

    def update(self, phase: PhasePlan, number: int, gradients: Gradients, terms: Mapping[str, Tensor]) -> None:
        """Update the networks of a phase by the gradients of its loss, the sum of weighted terms.

        Raises:
            TrainingError: a loss or gradient is not finite (on a GPU: raised by `guard` when it is read).
        """
        # --- gradients
        optimizers = [self._parts.optimizers[role] for role in phase.table.roles]
        self.guard.require_finite(phase.name, number, terms, gradients, *optimizers)
        for parameter, gradient in zip(self._parameters_of(phase), gradients, strict=True):
            parameter.grad = None if gradient is None else _laid_out_like(gradient, parameter)

        # --- weights
        for role in phase.table.roles:
            self._step(role, number)

    def _parameters_of(self, phase: PhasePlan) -> list[nn.Parameter]:
        return [parameter for role in phase.table.roles for parameter in self._parameters[role]]

    def _step(self, role: str, number: int) -> None:
        """Clip, set the optimizer's numbers, step, and update the average."""
        plan, optimizer, parameters = self._plan, self._parts.optimizers[role], self._parameters[role]
        clip_norm, steps = plan.recipe.optimizers[role].table.clip_norm, plan.recipe.train.steps
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        if role in plan.schedules:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * plan.schedules[role](number, steps)
        values = {name: value(number, steps) for name, value in plan.values.get(role, {}).items()}
        decay = values.pop("ema", None)
        for name, value in values.items():
            set_number(optimizer, name, value)
        optimizer.step()
        for parameter in parameters:
            parameter.grad = None
        if role in self._parts.averages:
            self._parts.averages[role].update(decay)


def _laid_out_like(gradient: Tensor, parameter: Tensor) -> Tensor:
    """Return the gradient in the parameter's memory layout, which fused optimizers require."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)
