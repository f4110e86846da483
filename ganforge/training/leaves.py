"""Values of the leaves of a step: images, labels and noise of a draw, tabulated constants, states and the progress.

A draw is numbered; everything random in it is a function of the recipe's seed and that number. Quantities that never
change are computed once, for all training images, before the first step.
"""

from __future__ import annotations

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

BLOCK = 500
"""Images that a constant quantity is computed for at once."""


def initial_states(plan: Plan, data: Mapping[str, ImageSet], settings: Settings) -> dict[str, Tensor]:
    """Return the first values of all states by name, on the device.

    Raises:
        GanforgeError: a state has none.
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
    """The leaves of the quantities that a plan asks for.

    Args:
        plan: the recipe, worked out.
        networks: by role; those that constants go through are frozen.
        frozen: roles that are never updated.
        data: the training images by role.
        settings: device and precision.

    Attributes:
        batches: of the training images, by role.
        states: by name, as they are between two steps.
    """

    def __init__(
        self,
        plan: Plan,
        networks: Mapping[str, nn.Module],
        frozen: frozenset[str],
        data: Mapping[str, ImageSet],
        settings: Settings,
    ) -> None:
        self._plan = plan
        self._networks = networks
        self._settings = settings
        self._statistics: dict[str, Tensor] = {}
        self._tables: dict[str, tuple[Tensor, str]] = {}
        size, seed = plan.recipe.train.batch_size, plan.recipe.recipe.seed
        self.batches: dict[str, Batches] = {}
        for role in sorted(data, key=lambda role: plan.recipe.leader(role) != role):
            leader = self.batches.get(plan.recipe.leader(role))
            augment = plan.augmentations[role]
            self.batches[role] = Batches(data[role], size, seed, settings.device, settings.dtype, augment, leader)
        self.states = initial_states(plan, data, settings)
        plan.moment.states = self.states
        augmented = [role for role, batches in self.batches.items() if batches.augmented]
        constants = plan.graph.constants(plan.wanted, frozen, augmented)
        for name in constants:
            self._tabulate(name)
        self._known = frozenset(constants)

    def values(self, number: int) -> Values:
        """Return the quantities of a draw of batches and noise, none of them computed yet."""
        plan = self._plan
        return Values(plan.graph, plan.method, self._networks, lambda name: self._leaf(name, number), self._known)

    def _leaf(self, name: str, number: int) -> Tensor:
        """Return images, labels, noise, the progress, a state, a statistic or tabulated rows of a draw."""
        plan, settings = self._plan, self._settings
        if name in plan.graph.noises:
            seed = derive(plan.recipe.recipe.seed, "noise", name, number)
            drawn = draw(plan.method, name, plan.recipe.train.batch_size, seed)
            return settings.cast(drawn)
        if name == PROGRESS:
            return torch.full((), plan.moment.progress, dtype=settings.dtype, device=settings.device)
        if name in self.states:
            return self.states[name]
        if name in self._statistics:
            return self._statistics[name]
        if name in self._tables:
            table, role = self._tables[name]
            return self.batches[role].rows(table, number)
        role, leaf = plan.graph.leaves[name], plan.graph.trained_from.get(name, name)
        return self.batches[role].images(number) if leaf == role else self.batches[role].labels(number)

    @torch.no_grad()
    def _tabulate(self, name: str) -> None:
        """Compute a constant quantity for every training image, or a statistic over them."""
        graph, method = self._plan.graph, self._plan.method
        quantity = graph.quantities[name]
        (role,) = graph.data(name)
        if quantity.over_data:
            self._statistics[name] = getattr(method, name)(*map(self._whole, quantity.needs))
            return
        rows = []
        for block in self.batches[role].set.blocks(BLOCK):
            values = Values(graph, method, self._networks, lambda leaf, block=block: self._part(leaf, block))  # type: ignore[misc]
            rows.append(values[name])
        self._tables[name] = (torch.cat(rows), role)

    def _whole(self, name: str) -> Tensor | nn.Module:
        """Return an input of a statistic: a network, or a quantity of every training image."""
        if name in self._networks:
            return self._networks[name]
        if name in self._statistics:
            return self._statistics[name]
        return self._tables[name][0] if name in self._tables else self._part(name, slice(None))

    def _part(self, leaf: str, block: slice) -> Tensor:
        """Return the images or labels of a block of the training images."""
        graph, device = self._plan.graph, self._settings.device
        role = graph.leaves[leaf]
        images = self.batches[role].set
        if graph.trained_from.get(leaf, leaf) == role:
            return images.tensor(block, device).to(self._settings.dtype)
        assert images.labels is not None  # the dry run made sure
        return torch.from_numpy(np.array(images.labels[block])).to(device)
