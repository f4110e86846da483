"""The forward pass of measuring: quantities of given inputs, block by block, in a batch-norm mode.

Validation, tests, calibration, sample grids, judges and loaded runs all compute through it, in full precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganforge.data.source import ImageSet
from ganforge.errors import DataError, UsageError
from ganforge.method import PROGRESS, DataFacts
from ganforge.networks.batch_norm import batch_norm, recalibrate
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import Inputs, draw, given_rows
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive

CALIBRATION_BATCHES = 40
Given = Mapping[str, Any]


class Forward:
    """Computes quantities of inputs.

    Args:
        plan: the recipe, worked out.
        facts: what the recipe implies about each data role.
        settings: device, precision and layout of the networks.
        calibration: gives the inputs that recalibrate batch norm; None for networks that are settled.

    Attributes:
        counts: how many values there are of each input of which that is known, such as a class.
    """

    def __init__(
        self,
        plan: Plan,
        facts: Mapping[str, DataFacts],
        settings: Settings,
        calibration: Callable[[], Inputs] | None = None,
    ) -> None:
        self.plan = plan
        self.settings = settings
        self.method = plan.recipe.method_class
        self.counts = {name: count for name in self.method.inputs if (count := _count(plan, facts, name)) is not None}
        self._table = plan.recipe.evaluate
        self._calibration = calibration

    def inputs(self, images: ImageSet, given: Given | None = None, seed: int | None = None) -> Inputs:
        """Return inputs made of images, and of draws of the other leaves.

        Args:
            images: their labels are an input where the method says so.
            given: what a user gives, by leaf.
            seed: of the draws; the recipe's by default.

        Raises:
            UsageError: what is given fits no input.
            DataError: labels are an input, and neither the images have any nor are they given.
        """
        return self._inputs(images.name, len(images), images, given or {}, seed)

    def drawn(self, name: str, count: int, given: Given | None = None, seed: int | None = None) -> Inputs:
        """Return inputs made of draws alone.

        Args:
            name: of these draws; under another name they are others.
            count: how many.
            given: what a user gives, by leaf.
            seed: of the draws; the recipe's by default.

        Raises:
            UsageError: what is given fits no input.
            DataError: labels are an input, and it is not known how many classes there are.
        """
        return self._inputs(name, count, None, given or {}, seed)

    def values(self, networks: Mapping[str, nn.Module], inputs: Inputs, block: slice) -> Values:
        """Return the quantities of a block of inputs, none of them computed yet."""
        images: dict[str, ImageSet | None] = {**inputs.partners, self.method.image_input() or "": inputs.images}

        def leaf(name: str) -> Tensor:
            if name == PROGRESS:
                return self.settings.cast(torch.ones(()))
            found = images.get(name)
            return self.settings.cast(found.tensor(block, self.settings.device) if found else inputs.rows[name][block])

        return Values(self.plan.graph, self.plan.method, networks, leaf)

    @torch.no_grad()
    def tables(
        self, networks: Mapping[str, nn.Module], inputs: Inputs, names: Iterable[str], mode: str | None = None
    ) -> dict[str, Tensor]:
        """Compute quantities of all inputs.

        Args:
            networks: by role, in any mode; they are as they were afterwards.
            inputs: what the quantities are computed from.
            names: of the quantities.
            mode: of batch norm; the recipe's by default.

        Returns:
            By name, [N, ...] on the CPU.
        """
        parts: dict[str, list[Tensor]] = {name: [] for name in sorted(set(names))}
        with batch_norm(self._unfrozen(networks), mode or self._table.batch_norm, lambda: self._calibrate(networks)):
            for block in inputs.blocks(self._table.batch_size):
                values = self.values(networks, inputs, block)
                for name, rows in parts.items():
                    rows.append(values[name].cpu())
        return {name: torch.cat(rows) for name, rows in parts.items()}

    def fix_batch_norm(self, networks: Mapping[str, nn.Module]) -> None:
        """Give networks that are about to be kept the recipe's statistics of batch norm for good."""
        if self._table.batch_norm == "recalibrated":
            recalibrate(self._unfrozen(networks), lambda: self._calibrate(networks))

    @property
    def settled_mode(self) -> str:
        """The mode in which settled networks are measured."""
        return "batch" if self._table.batch_norm == "batch" else "running"

    @torch.no_grad()
    def _calibrate(self, networks: Mapping[str, nn.Module]) -> None:
        assert self._calibration is not None  # settled networks have their statistics already
        inputs = self._calibration()
        for block in inputs.blocks(self._table.batch_size)[:CALIBRATION_BATCHES]:
            self.values(networks, inputs, block)[self.method.output]

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
        label = self.method.label_input()
        if label is None:
            return Inputs(name, None, rows)
        return Inputs(name, None, rows, rows[label].numpy(), self.counts.get(label))

    def _rows(
        self, leaf: str, name: str, count: int, images: ImageSet | None, seed: int | None, replaced: bool
    ) -> Tensor:
        """Return rows of a leaf: drawn, or the labels of the images; of labels about to be replaced any."""
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
        """Return the networks whose statistics are at issue; frozen ones stay as they are."""
        return {role: network for role, network in networks.items() if role not in self.plan.recipe.frozen}


def _count(plan: Plan, facts: Mapping[str, DataFacts], name: str) -> int | None:
    """Return how many values there are of an input, or None."""
    leaves, drawn = plan.recipe.method_class.leaves(), plan.recipe.method_class.draws().get(name)
    if drawn is not None and drawn.values is not None:
        return int(getattr(plan.method, drawn.values)) if isinstance(drawn.values, str) else drawn.values
    leaf = drawn.trained_from if drawn else name
    role = leaves.get(leaf or "")
    return facts[role].classes if role and leaf != role else None
