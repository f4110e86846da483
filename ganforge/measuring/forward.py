"""The forward pass of measuring: quantities of given inputs, block by block, in a batch-norm mode.

Validation, tests, calibration, sample grids, judges and loaded runs all compute through it, in full precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from ganforge.data.source import ImageSet
from ganforge.method import PROGRESS
from ganforge.networks.batch_norm import batch_norm, recalibrate
from ganforge.networks.settings import Settings
from ganforge.quantities.inputs import Inputs, draw
from ganforge.quantities.plan import Plan
from ganforge.quantities.values import Values
from ganforge.seeding import derive

CALIBRATION_BATCHES = 40


class Forward:
    """Computes quantities of inputs.

    Args:
        plan: the recipe, worked out.
        settings: device, precision and layout of the networks.
        calibration: gives the inputs that recalibrate batch norm; None for networks that are settled.
    """

    def __init__(self, plan: Plan, settings: Settings, calibration: Callable[[], Inputs] | None = None) -> None:
        self.plan = plan
        self.settings = settings
        self.method = plan.recipe.method_class
        self._table = plan.recipe.evaluate
        self._calibration = calibration

    def inputs(self, images: ImageSet) -> Inputs:
        """Return inputs made of images, with draws of the other leaves beside them."""
        rows = self._draws(images.name, len(images), self.plan.recipe.recipe.seed)
        return Inputs(images.name, images, rows, images.labels, images.classes)

    def drawn(self, name: str, count: int, seed: int | None = None) -> Inputs:
        """Return inputs made of draws alone.

        Args:
            name: of these draws; under another name they are others.
            count: how many.
            seed: the recipe's by default.
        """
        return Inputs(name, None, self._draws(name, count, self.plan.recipe.recipe.seed if seed is None else seed))

    def values(self, networks: Mapping[str, nn.Module], inputs: Inputs, block: slice) -> Values:
        """Return the quantities of a block of inputs, none of them computed yet."""
        leaves = {name: rows[block] for name, rows in inputs.rows.items()}
        if inputs.images is not None:
            leaves[self.method.image_input() or ""] = inputs.images.tensor(block, self.settings.device)
        leaves[PROGRESS] = torch.ones(())
        placed = {name: self.settings.cast(leaf) for name, leaf in leaves.items()}
        return Values(self.plan.graph, self.plan.method, networks, placed.__getitem__)

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

    def _draws(self, name: str, count: int, seed: int) -> dict[str, Tensor]:
        leaves = [leaf for leaf in self.method.inputs if leaf in self.method.noises()]
        seeds = [derive(seed, "measured noise", leaf, name) for leaf in leaves]
        return {leaf: draw(self.plan.method, leaf, count, own) for leaf, own in zip(leaves, seeds, strict=True)}

    def _unfrozen(self, networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
        """Return the networks whose statistics are at issue; frozen ones stay as they are."""
        return {role: network for role, network in networks.items() if role not in self.plan.recipe.frozen}
