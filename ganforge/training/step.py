"""One training step: the phases in their order, each computing its terms, their gradient and one update.

Quantities are shared between phases until an update makes them stale, so g(f(s)) is computed once for D and for g.
Gradients are taken with respect to the phase's parameters alone, so no flag is toggled and nothing else is
differentiated. Losses stay on the device until the loop asks for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.source import Batches
from ganforge.networks.settings import Settings
from ganforge.quantities.noise import draw
from ganforge.quantities.plan import Monitor, PhasePlan, Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive
from ganforge.training.assemble import Assembly
from ganforge.training.finite import FiniteGuard


class Stepper:
    """Performs steps.

    Args:
        plan: what to compute.
        parts: networks, averages and optimizers; updated in place.
        batches: the data by role.
        settings: device and precision.
    """

    def __init__(self, plan: Plan, parts: Assembly, batches: Mapping[str, Batches], settings: Settings) -> None:
        self.plan = plan
        self.parts = parts
        self.batches = batches
        self.settings = settings
        self.guard = FiniteGuard(settings.device)
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.resting: set[str] = set()
        self._steps = plan.recipe.train.steps
        augmented = [role for role in batches if plan.recipe.data[role].augment]
        constants = plan.graph.constants(plan.wanted, parts.frozen, augmented)
        self._statistics: dict[str, Tensor] = {}
        self._tables: dict[str, tuple[Tensor, str]] = {}
        for name in constants:
            self._tabulate(name)
        self._known = frozenset(constants)
        # Which draw each phase's first one of its own is, counted from the draw that the step begins with.
        self._draws = list(itertools.accumulate((phase.table.draws for phase in plan.phases), initial=0))

    def step(self, number: int, watch: bool = False) -> None:
        """Perform one step; adds its losses to `sums`.

        Args:
            number: the step, counted from 0.
            watch: also evaluate the monitors.

        Raises:
            TrainingError: a loss or gradient is not finite (on a GPU: raised by `guard` when it is read).
        """
        # Whatever a network draws by itself (dropout) is a function of the step too.
        torch.manual_seed(derive(self.plan.recipe.recipe.seed, "step", number))
        first = number * (1 + self._draws[-1])
        values = self._values(first)
        pending = dict(self.plan.monitors) if watch else {}
        for phase, before in zip(self.plan.phases, self._draws, strict=False):
            if phase.acts(number):
                for repetition in range(phase.table.repeat):
                    if phase.table.fresh and repetition:
                        values = self._values(first + before + repetition)
                    if not self._update(phase, values, number, pending):
                        break

    def take_means(self) -> dict[str, float]:
        """The means of all losses and monitors since the last call, in one transfer from the device."""
        names = list(self.sums)
        if not names:
            return {}
        means = torch.stack([self.sums[name].double() for name in names]).cpu()
        result = {name: float(means[index]) / self.counts[name] for index, name in enumerate(names)}
        self.sums.clear()
        self.counts.clear()
        return result

    def _update(self, phase: PhasePlan, values: Values, number: int, pending: dict[str, Monitor]) -> bool:
        """One update of a phase; False when one of its conditions holds it back."""
        with self.settings.autocast():
            inputs = {need: values[need] for term in phase.terms for need in term.needs}
        # Losses are computed in full precision whatever the networks computed in.
        inputs = {name: _full(value) for name, value in inputs.items()}
        terms = {term.name: term.function(*(inputs[need] for need in term.needs)) for term in phase.terms}
        total = sum(terms[term.name] * term.factor(number, self._steps) for term in phase.terms)
        if not isinstance(total, Tensor) or not total.requires_grad:
            return False
        for name, value in terms.items():
            self._add(name, value)
        self._watch(values, pending)
        if self._held_back(phase, total):
            return False
        updated = {
            role: [parameter for parameter in self.parts.networks[role].parameters() if parameter.requires_grad]
            for role in phase.table.roles
        }
        parameters = [parameter for own in updated.values() for parameter in own]
        gradients = torch.autograd.grad(total, parameters, allow_unused=True)
        self.guard.check(phase.name, number, terms, gradients, *(self.parts.optimizers[role] for role in updated))
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = None if gradient is None else _laid_out_like(gradient, parameter)
        for role, own in updated.items():
            self._optimize(role, own, number)
            values.forget(role)
        return True

    def _optimize(self, role: str, parameters: list[nn.Parameter], number: int) -> None:
        """Update a network by the gradients that its parameters hold."""
        part, optimizer = self.plan.recipe.optimizers[role], self.parts.optimizers[role]
        if part.table.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, part.table.clip_norm)
        if role in self.plan.schedules:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * self.plan.schedules[role](number, self._steps)
        optimizer.step()
        for parameter in parameters:
            parameter.grad = None
        if role in self.parts.averages:
            self.parts.averages[role].update()

    def _held_back(self, phase: PhasePlan, total: Tensor) -> bool:
        """Whether a lower bound or the hysteresis forbids this update; reading the loss waits for the device."""
        table = phase.table
        if table.lower_bound is None and table.hysteresis is None:
            return False
        loss = float(total.detach())
        if table.hysteresis is not None:
            low, high = table.hysteresis
            if loss < low:
                self.resting.add(phase.name)
            elif loss > high:
                self.resting.discard(phase.name)
        held = phase.name in self.resting or (table.lower_bound is not None and loss < table.lower_bound)
        self._add(f"{phase.name}.held_back", total.new_tensor(float(held)))
        return held

    def _watch(self, values: Values, pending: dict[str, Monitor]) -> None:
        for name in list(pending):
            function, needs = self.plan.monitors[name]
            if all(need in values for need in needs):
                with torch.no_grad():
                    self._add(name, function(*(_full(values[need]) for need in needs)))
                del pending[name]

    def _add(self, name: str, value: Tensor) -> None:
        value = value.detach()
        self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.counts[name] = self.counts.get(name, 0) + 1

    def _values(self, number: int) -> Values:
        """The quantities of a draw of batches and noise, none of them computed yet."""
        graph, networks = self.plan.graph, self.parts.networks
        return Values(graph, self.plan.method, networks, lambda name: self._leaf(name, number), self._known)

    def _leaf(self, name: str, number: int) -> Tensor:
        """Images, labels, noise or tabulated rows of a draw."""
        if name in self.plan.graph.noises:
            recipe = self.plan.recipe
            drawn = draw(
                self.plan.method, name, recipe.train.batch_size, derive(recipe.recipe.seed, "noise", name, number)
            )
            return drawn.to(self.settings.device, self.settings.dtype)
        if name in self._statistics:
            return self._statistics[name]
        if name in self._tables:
            table, role = self._tables[name]
            return self.batches[role].rows(table, number)
        role = self.plan.graph.leaves[name]
        return self.batches[role].images(number) if name == role else self.batches[role].labels(number)

    @torch.no_grad()
    def _tabulate(self, name: str) -> None:
        """Compute a constant quantity for every training image, or a statistic over them."""
        graph, method, networks = self.plan.graph, self.plan.method, self.parts.networks
        quantity = graph.quantities[name]
        (role,) = graph.data(name)
        if quantity.over_data:
            self._statistics[name] = getattr(method, name)(*map(self._whole, quantity.needs))
            return
        rows = []
        for block in self.batches[role].set.blocks(500):
            values = Values(graph, method, networks, lambda leaf, block=block: self._part(leaf, block))  # type: ignore[misc]
            rows.append(values[name])
        self._tables[name] = (torch.cat(rows), role)

    def _whole(self, name: str) -> Tensor | nn.Module:
        """What a statistic is computed from: a network, or a quantity of every training image."""
        if name in self.parts.networks:
            return self.parts.networks[name]
        if name in self._statistics:
            return self._statistics[name]
        return self._tables[name][0] if name in self._tables else self._part(name, slice(None))

    def _part(self, leaf: str, block: slice) -> Tensor:
        """The images or labels of some of the training images."""
        role, device = self.plan.graph.leaves[leaf], self.settings.device
        images = self.batches[role].set
        if leaf == role:
            return images.tensor(block, device).to(self.settings.dtype)
        assert images.labels is not None  # the dry run made sure
        return torch.from_numpy(np.array(images.labels[block])).to(device)


def _full(value: Tensor) -> Tensor:
    """bf16 and fp16 as fp32; anything else as it is."""
    return value.float() if value.dtype in (torch.bfloat16, torch.float16) else value


def _laid_out_like(gradient: Tensor, parameter: Tensor) -> Tensor:
    """The gradient in the parameter's memory layout, which fused optimizers take for granted."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)
