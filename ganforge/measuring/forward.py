"""The forward pass of measuring: quantities of given inputs, block by block, in a batch-norm mode and full precision.

Validation, tests, calibration, sample grids, judges and loaded runs all compute through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.source import ImageSet
from ganforge.errors import DataError, RunError, UsageError
from ganforge.method import PROGRESS, DataFacts
from ganforge.networks.batch_norm import Calibrated, batch_norm, recalibrate
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import Inputs, draw, given_rows
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive

CALIBRATION_BATCHES = 40
Given = Mapping[str, Any]


@dataclass
class Forward:
    """Computes quantities of inputs, given the facts of each data role.

    `calibration` returns the inputs that recalibrate batch norm; None for networks with final statistics. `statistics`
    are those over the training images, by name, once they are known, and `tabulated` returns the constant quantities
    that the training has tabulated for all images of these sets. `counts` is the number of values of each input that
    has a known number of them, such as a class.
    """

    plan: Plan
    facts: Mapping[str, DataFacts]
    settings: Settings
    calibration: Callable[[], Inputs] | None = None
    statistics: Mapping[str, Tensor] = field(default_factory=dict)
    tabulated: Callable[[Mapping[str, ImageSet | None]], Mapping[str, Tensor]] | None = None

    def __post_init__(self) -> None:
        self.method = self.plan.recipe.method_class
        self.counts = {name: count for name in self.method.inputs if (count := self._count(name)) is not None}
        self._table = self.plan.recipe.evaluate
        self._calibrated = Calibrated()
        self._calibration_rows: dict[str, Tensor] | None = None

    def inputs(self, images: ImageSet, given: Given | None = None, seed: int | None = None) -> Inputs:
        """Return inputs made of images, their labels if these are an input, and draws of the other leaves.

        Given values by leaf replace labels and draws. The seed of the draws is the recipe's by default.

        Raises:
            UsageError: a given value fits no input.
            DataError: labels are an input, and neither given nor known for the images.
        """
        return self._inputs(images.name, len(images), images, given or {}, seed)

    def drawn(self, name: str, count: int, given: Given | None = None, seed: int | None = None) -> Inputs:
        """Return `count` inputs made of draws alone, which depend on the seed and on a name; see `inputs`."""
        return self._inputs(name, count, None, given or {}, seed)

    def values(
        self,
        networks: Mapping[str, nn.Module],
        inputs: Inputs,
        block: slice,
        tables: Mapping[str, Tensor] | None = None,
    ) -> Values:
        """Return the quantities of a block of inputs, to be computed on demand, except for rows of known tables."""
        images: dict[str, ImageSet | None] = {**inputs.partners, self.method.image_input() or "": inputs.images}
        if tables is None:
            tables = self.tabulated(images) if self.tabulated else {}

        def leaf(name: str) -> Tensor:
            if name == PROGRESS:
                return self.settings.cast(torch.ones(()))
            if name in self.plan.graph.statistics:
                return self._statistic(name)
            if name in tables:
                return tables[name][block]
            found = images.get(name)
            return self.settings.cast(found.tensor(block, self.settings.device) if found else inputs.rows[name][block])

        known = self.plan.graph.statistics | tables.keys()
        return Values(self.plan.graph, self.plan.method, networks, leaf, known)

    @torch.no_grad()
    def tables(
        self, networks: Mapping[str, nn.Module], inputs: Inputs, names: Iterable[str], mode: str | None = None
    ) -> dict[str, Tensor]:
        """Return quantities of all inputs by name, [N, ...] on the CPU, in a mode of batch norm or the recipe's.

        The networks may be in any mode, which is restored.
        """
        parts: dict[str, list[Tensor]] = {name: [] for name in sorted(set(names))}
        with batch_norm(self._unfrozen(networks), mode or self._table.batch_norm, lambda: self._calibrate(networks)):
            for block in inputs.blocks(self._table.batch_size):
                values = self.values(networks, inputs, block)
                for name, rows in parts.items():
                    rows.append(values[name].cpu())
        return {name: torch.cat(rows) for name, rows in parts.items()}

    def fix_batch_norm(self, networks: Mapping[str, nn.Module]) -> None:
        """Give networks their final statistics of batch norm, before they are saved."""
        if self._table.batch_norm == "recalibrated":
            recalibrate(self._unfrozen(networks), lambda: self._calibrate(networks))

    def _statistic(self, name: str) -> Tensor:
        if name not in self.statistics:
            raise RunError(
                f"{name!r} is a statistic over the training images, and this run keeps none of this name",
                fix="name what needs it in the recipe, such as the metric, and run it",
            )
        return self.settings.cast(self.statistics[name])

    @property
    def final_mode(self) -> str:
        """The batch-norm mode for networks with final statistics."""
        return "batch" if self._table.batch_norm == "batch" else "running"

    @torch.no_grad()
    def _calibrate(self, networks: Mapping[str, nn.Module]) -> None:
        """Send the calibration inputs through the networks, if a parameter has changed since that was last done."""
        unfrozen = self._unfrozen(networks)
        if self._calibrated.restore(unfrozen):
            return
        assert self.calibration is not None  # networks with final statistics are never recalibrated
        inputs = self.calibration()
        blocks = inputs.blocks(self._table.batch_size)[:CALIBRATION_BATCHES]
        if self._calibration_rows is None:
            self._calibration_rows = self._constants(networks, inputs, blocks)
        for block in blocks:
            self.values(networks, inputs, block, self._calibration_rows)[self.method.output]
        self._calibrated.keep(unfrozen)

    def _constants(
        self, networks: Mapping[str, nn.Module], inputs: Inputs, blocks: Iterable[slice]
    ) -> dict[str, Tensor]:
        """Return what the output is computed from and no training changes, of the first blocks of inputs."""
        graph = self.plan.graph
        names = graph.constants([self.method.output], self.plan.recipe.frozen, augmented=())
        rows: dict[str, list[Tensor]] = {name: [] for name in names if name not in graph.statistics}
        for block in blocks if rows else ():
            values = self.values(networks, inputs, block)
            for name, parts in rows.items():
                parts.append(values[name])
        return {name: torch.cat(parts) for name, parts in rows.items()}

    def _inputs(self, name: str, count: int, images: ImageSet | None, given: Given, seed: int | None) -> Inputs:
        leaves = [leaf for leaf in self.method.inputs if leaf not in self.method.data]
        for leaf in given:
            if leaf not in leaves:
                known = f"there are: {', '.join(leaves)}" if leaves else "outputs are made of images alone"
                raise UsageError(f"there is no input {leaf!r} to give", fix=known)
        rows = {leaf: self._rows(leaf, name, count, images, seed, leaf in given) for leaf in leaves}
        rows |= {leaf: given_rows(leaf, value, rows[leaf], self.counts.get(leaf)) for leaf, value in given.items()}
        if images is not None:
            return Inputs(name, images, rows, images.labels, images.classes)
        label = self.method.label_input() or ""
        return Inputs(name, None, rows, rows[label].numpy() if label else None, self.counts.get(label))

    def _rows(
        self, leaf: str, name: str, count: int, images: ImageSet | None, seed: int | None, replaced: bool
    ) -> Tensor:
        """Return rows of a leaf: draws, or the labels of the images; zeros for labels about to be replaced."""
        recipe, role = self.plan.recipe, self.method.leaves().get(leaf)
        seed = derive(recipe.recipe.seed if seed is None else seed, "measured noise", leaf, name)
        if role is None:
            return draw(self.plan.method, leaf, count, seed)
        if replaced:
            return torch.zeros(count, dtype=torch.int64)
        if images is not None and role == self.method.image_input():
            role = name
            if images.labels is not None:
                return torch.from_numpy(images.labels.astype(np.int64))
        elif leaf in self.counts:
            return torch.randint(self.counts[leaf], (count,), generator=torch.Generator().manual_seed(seed))
        raise DataError(
            f"outputs are made of {leaf!r}, and there are no labels to take it from",
            where=recipe.document.where(("data", role)) if role in recipe.data else None,
            fix=f"use labelled images; for a finished run, give it: --given {leaf}=0",
        )

    def _unfrozen(self, networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
        """Return the networks that batch-norm modes apply to; frozen networks keep their statistics."""
        return {role: network for role, network in networks.items() if role not in self.plan.recipe.frozen}

    def _count(self, name: str) -> int | None:
        """Return the number of values of an input, or None."""
        leaves, drawn = self.method.leaves(), self.method.draws().get(name)
        if drawn is not None and drawn.values is not None:
            return int(getattr(self.plan.method, drawn.values)) if isinstance(drawn.values, str) else drawn.values
        leaf = drawn.trained_from if drawn else name
        role = leaves.get(leaf or "")
        return self.facts[role].classes if role and leaf != role else None
