"""One update of a phase: gradients, finite guard, clipping, learning rates, optimizer steps, and averages.

Gradients are taken with respect to the phase's parameters alone, so no `requires_grad` flag is toggled and nothing else
is differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.networks.settings import Settings
from ganforge.quantities.plan import Plan
from ganforge.quantities.terms import PhasePlan
from ganforge.training.assemble import Assembly, set_number
from ganforge.training.finite import FiniteGuard

Numbers = dict[str, int | float]
Gradients = Sequence[Tensor | None]


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
        """Return the gradient of a loss for each parameter of a phase, None where the loss does not depend on it.

        Args:
            phase: the phase.
            total: its loss, a scalar.
            others: gradients of other batches, added to these.
        """
        found = torch.autograd.grad(total, self._parameters_of(phase), allow_unused=True)
        if not others:
            return found
        pairs = zip(others, found, strict=True)
        return [one if two is None else two if one is None else one + two for one, two in pairs]

    def update(self, phase: PhasePlan, number: int, gradients: Gradients, terms: Mapping[str, Tensor]) -> None:
        """Update the networks of a phase.

        Args:
            phase: the phase.
            number: the step, counted from 0.
            gradients: of its loss, for each parameter.
            terms: the terms of its loss by name, scalars.

        Raises:
            TrainingError: a loss or gradient is not finite (on a GPU: raised by `guard` when it is read).
        """
        # --- gradients
        optimizers = [self._parts.optimizers[role] for role in phase.table.roles]
        self.guard.check(phase.name, number, terms, gradients, *optimizers)
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


def capture_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any], list[Numbers]]:
    """Return an optimizer's tensors and its other values by `parameter.name`, and the numbers of each of its groups."""
    tensors: dict[str, Tensor] = {}
    others: dict[str, Any] = {}
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            (tensors if isinstance(value, Tensor) else others)[f"{index}.{name}"] = value
    # Optimizers may change numbers of their groups, such as an estimate of their own learning rate.
    numbers = [
        {name: value for name, value in group.items() if type(value) in (int, float)}
        for group in optimizer.param_groups
    ]
    return tensors, others, numbers


def restore_optimizer(optimizer: torch.optim.Optimizer, kept: Mapping[str, Any], numbers: Sequence[Numbers]) -> None:
    """Restore the result of `capture_optimizer`.

    Args:
        optimizer: an optimizer of the same parameters, in the same order.
        kept: tensors and other values, together.
        numbers: the numbers of each group.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    entries: dict[int, dict[str, Any]] = {}
    for name, value in kept.items():
        position, key = name.split(".", 1)
        parameter = parameters[int(position)]
        if isinstance(value, Tensor) and value.shape == parameter.shape:
            # Moments share the layout of their parameter, which the file does not keep.
            value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        entries.setdefault(int(position), {})[key] = value
    groups = optimizer.state_dict()["param_groups"]
    for group, values in zip(groups, numbers, strict=True):
        group.update(values)
    optimizer.load_state_dict({"state": entries, "param_groups": groups})


def _laid_out_like(gradient: Tensor, parameter: Tensor) -> Tensor:
    """Return the gradient in the parameter's memory layout, which fused optimizers require."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)
