"""Values of the leaves of a step: images, labels and noise of a draw, constants, states and the progress.

A draw is numbered; everything random in it is a function of the recipe's seed and that number. Constant quantities are
computed once, for all training images, before the first step. Statistics among them are of the images as they are,
without augmentations.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.source import Batches, ImageSet
from ganforge.errors import GanforgeError
from ganforge.method import PROGRESS
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import draw
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive
from ganforge.training.assemble import Assembly

BLOCK = 500
"""Images per block while a constant quantity is computed."""


def initial_states(plan: Plan, data: Mapping[str, ImageSet], settings: Settings) -> dict[str, Tensor]:
    """Return the initial values of all states by name, on the device.

    Raises:
        GanforgeError: the initial value of a state cannot be computed.
    """
    facts = {role: images.facts for role, images in data.items()}
    found = {}
    for name, state in plan.states.items():
        try:
            found[name] = settings.cast(state.first(facts))
        except Exception as error:
            raise GanforgeError(
                f"the state {name!r} has no first value: {error}",
                where=plan.recipe.document.where(state.key),
                fix="its `initial` is a number, a tensor or a function; report it to the plugin's author",
            ) from error
    return found


class Leaves:
    """The leaves of a plan's quantities.

    Attributes:
        batches: batches of the training images, by role.
        states: the current value of each state, by name.
    """

    def __init__(self, plan: Plan, parts: Assembly, data: Mapping[str, ImageSet], settings: Settings) -> None:
        self._plan = plan
        self._networks = parts.networks
        self._settings = settings
        size, seed = plan.recipe.train.batch_size, plan.recipe.recipe.seed
        self.batches: dict[str, Batches] = {}
        for role in sorted(data, key=lambda role: plan.recipe.leader(role) != role):
            leader = self.batches.get(plan.recipe.leader(role))
            augment = plan.augmentations[role]
            self.batches[role] = Batches(data[role], size, seed, settings.device, settings.dtype, augment, leader)
        self.states = initial_states(plan, data, settings)
        plan.moment.states = self.states
        augmented = [role for role, batches in self.batches.items() if batches.augmented]
        # Statistics of the training set, and tables with one row for each of its images.
        self._constants: dict[str, Tensor] = {}
        for name in plan.graph.constants([*plan.wanted, *sorted(plan.statistics)], parts.frozen, augmented):
            self._constants[name] = self._constant(name)
        self._known = frozenset(self._constants)

    @property
    def statistics(self) -> dict[str, Tensor]:
        """The statistics over the training images, by name."""
        return {name: value for name, value in self._constants.items() if name in self._plan.graph.statistics}

    def values(self, number: int) -> Values:
        """Return the quantities of a draw of batches and noise, none of them computed yet."""
        plan = self._plan
        return Values(plan.graph, plan.method, self._networks, lambda name: self._leaf(name, number), self._known)

    def _leaf(self, name: str, number: int) -> Tensor:
        """Return the value of a leaf or constant in a draw."""
        plan, settings, graph = self._plan, self._settings, self._plan.graph
        if name in graph.noises:
            seed = derive(plan.recipe.recipe.seed, "noise", name, number)
            return settings.cast(draw(plan.method, name, plan.recipe.train.batch_size, seed))
        if name == PROGRESS:
            return torch.full((), plan.moment.progress, dtype=settings.dtype, device=settings.device)
        if name in self.states:
            return self.states[name]
        if name in self._constants:
            if name in graph.statistics:
                return self._constants[name]
            (role,) = graph.data(name)
            return self.batches[role].rows(self._constants[name], number)
        role, leaf = graph.leaves[name], graph.trained_from.get(name, name)
        return self.batches[role].images(number) if leaf == role else self.batches[role].labels(number)

    @torch.no_grad()
    def _constant(self, name: str) -> Tensor:
        """Compute a constant quantity for every training image, or a statistic over them."""
        graph, method = self._plan.graph, self._plan.method
        if name not in graph.statistics:
            return self._table(name)
        known: dict[str, Tensor | nn.Module] = {**self._constants, **self._networks}
        needs = graph.quantities[name].needs
        statistic: Tensor = getattr(method, name)(
            *(known[need] if need in known else self._table(need) for need in needs)
        )
        return statistic

    def _table(self, name: str) -> Tensor:
        """Compute a quantity for every training image of its data role."""
        graph, method = self._plan.graph, self._plan.method
        (role,) = {graph.leaves[leaf] for leaf in graph.measured_from(name) & graph.leaves.keys()}
        rows = []
        for block in self.batches[role].set.blocks(BLOCK):
            leaf = functools.partial(self._rows, block=block)
            rows.append(Values(graph, method, self._networks, leaf, frozenset(self._constants))[name])
        return torch.cat(rows)

    def _rows(self, leaf: str, block: slice) -> Tensor:
        """Return a statistic, or the images, labels or rows of a table of a block of the training images."""
        graph, device = self._plan.graph, self._settings.device
        if leaf in self._constants:
            return self._constants[leaf] if leaf in graph.statistics else self._constants[leaf][block]
        role = graph.leaves[leaf]
        images = self.batches[role].set
        if graph.trained_from.get(leaf, leaf) == role:
            return images.tensor(block, device).to(self._settings.dtype)
        return torch.from_numpy(np.array(images.labels)[block]).to(device)
