"""Constant quantities of the training images: statistics over them, and tables with a row for each, such as f(s).

They are computed once, before the first step, instead of each time that an image is drawn. A table has rows for those
images alone that the training draws, which of large data are few, unless a statistic needs all. Statistics are of the
images as they are, without augmentations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.images import Array
from ganforge.data.source import Batches, ImageSet, even_blocks
from ganforge.networks.settings import Settings
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values

BLOCK = 500
"""Images per block while a table is computed."""


@dataclass(frozen=True)
class Table:
    """A quantity of the training images of a role, [rows, ...] on the device.

    `places` are the rows of the images, int64 [N], where not every image has one.
    """

    role: str
    values: Tensor
    places: Tensor | None

    def __getitem__(self, indices: Tensor) -> Tensor:
        """Return the values of images by their indices."""
        return self.values[indices if self.places is None else self.places[indices]]


class Constants:
    """The constant quantities of a training, by name.

    Attributes:
        statistics: the statistics over the training images.
        tables: quantities of each image.
    """

    def __init__(
        self,
        plan: Plan,
        networks: Mapping[str, nn.Module],
        frozen: Iterable[str],
        batches: Mapping[str, Batches],
        settings: Settings,
    ) -> None:
        self._plan, self._networks, self._batches, self._settings = plan, networks, batches, settings
        self.statistics: dict[str, Tensor] = {}
        self.tables: dict[str, Table] = {}
        graph = plan.graph
        augmented = [role for role, drawn in batches.items() if drawn.augmented]
        names = graph.constants([*plan.wanted, *sorted(plan.statistics)], frozen, augmented)
        statistics = [name for name in names if name in graph.statistics]
        left = [name for name in names if name not in graph.statistics]
        for name in names:
            if name in graph.statistics:
                self.statistics[name] = self._statistic(name)
            elif name not in self.tables:
                # One pass for all of a role: logits, say, are computed of the codes.
                role = self._role(name)
                group = [other for other in left if self._role(other) == role]
                summed = any(graph.depends(statistic, one) for statistic in statistics for one in group)
                rows = None if summed else self._drawn(role)
                self.tables |= self._tabulate(role, group, rows)

    @property
    def names(self) -> frozenset[str]:
        """The names of all statistics and tables."""
        return frozenset(self.statistics.keys() | self.tables.keys())

    def of(self, sets: Mapping[str, ImageSet | None]) -> dict[str, Tensor]:
        """Return the tables that have a row for every image of these image sets, by role, in their order."""
        return {
            name: table.values
            for name, table in self.tables.items()
            if table.places is None and sets.get(table.role) is self._batches[table.role].set
        }

    def _role(self, name: str) -> str:
        leaves = self._plan.graph.leaves
        (role,) = {leaves[leaf] for leaf in self._plan.graph.measured_from(name) & leaves.keys()}
        return role

    def _drawn(self, role: str) -> Array | None:
        """Return the images of a role that the training draws, in order; None if these are all."""
        train = self._plan.recipe.train
        batches = train.steps * train.accumulate * (1 + sum(phase.table.draws for phase in self._plan.phases))
        return self._batches[role].drawn_in(batches)

    @torch.no_grad()
    def _statistic(self, name: str) -> Tensor:
        known: dict[str, Tensor | nn.Module] = {**self.statistics, **self._networks}
        known |= {other: table.values for other, table in self.tables.items()}
        needs = self._plan.graph.quantities[name].needs
        statistic: Tensor = getattr(self._plan.method, name)(
            *(known[need] if need in known else self._tabulate(self._role(need), [need])[need].values for need in needs)
        )
        return statistic

    @torch.no_grad()
    def _tabulate(self, role: str, names: Iterable[str], rows: Array | None = None) -> dict[str, Table]:
        """Compute quantities of the images of a role, or of some of them."""
        images, device = self._batches[role].set, self._settings.device
        rows = np.arange(len(images)) if rows is None else rows
        parts: dict[str, list[Tensor]] = {name: [] for name in names}
        known = self.names
        for block in even_blocks(len(rows), BLOCK):
            chosen = rows[block]

            def leaf(name: str, chosen: Array = chosen) -> Tensor:
                return self._leaf(name, chosen)

            values = Values(self._plan.graph, self._plan.method, self._networks, leaf, known)
            for name, computed in parts.items():
                computed.append(values[name])
        places = None
        if len(rows) < len(images):
            places = torch.full((len(images),), len(rows))  # images without a row are beyond the last one
            places[torch.from_numpy(rows)] = torch.arange(len(rows))
            places = places.to(device)
        return {name: Table(role, torch.cat(computed), places) for name, computed in parts.items()}

    def _leaf(self, name: str, rows: Array) -> Tensor:
        """Return a statistic, or the images, labels or known values of some training images."""
        graph, device = self._plan.graph, self._settings.device
        if name in self.statistics:
            return self.statistics[name]
        if name in self.tables:
            return self.tables[name][torch.from_numpy(rows).to(device)]
        role = graph.leaves[name]
        images = self._batches[role].set
        if graph.trained_from.get(name, name) == role:
            return images.tensor(rows, device).to(self._settings.dtype)
        return torch.from_numpy(np.array(images.labels)[rows]).to(device)
