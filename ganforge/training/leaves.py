"""Values of the leaves of a step: images, labels and noise of a draw, constants, states and the progress.

A draw is numbered; everything random in it is a function of the recipe's seed and that number.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganforge.data.source import Batches, ImageSet
from ganforge.errors import GanforgeError
from ganforge.method import PROGRESS
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import draw
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive
from ganforge.training.assemble import Assembly
from ganforge.training.constants import Constants


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
        constants: what is computed once, before the first step.
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
        self.constants = Constants(plan, parts.networks, parts.frozen, self.batches, settings)
        self._known = self.constants.names

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
        if name in self.constants.statistics:
            return self.constants.statistics[name]
        if name in self.constants.tables:
            table = self.constants.tables[name]
            return table[self.batches[table.role].places(number)]
        role, leaf = graph.leaves[name], graph.trained_from.get(name, name)
        return self.batches[role].images(number) if leaf == role else self.batches[role].labels(number)
