"""From a plan and its data to live networks and optimizers on a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.data.source import ImageSet
from ganforge.engine.average import Average
from ganforge.engine.build import build
from ganforge.engine.plan import Plan
from ganforge.engine.weights import load_weights
from ganforge.errors import GanforgeError, RecipeError, ShapeError
from ganforge.recipe.recipe import Part
from ganforge.recipe.schema import NetworkTable
from ganforge.seeding import derive


@dataclass(frozen=True)
class Settings:
    """How a run computes on this machine.

    Attributes:
        device: where.
        precision: `fp32`, `bf16` (autocast) or `fp64`.
        channels_last: memory layout.
    """

    device: torch.device
    precision: str
    channels_last: bool

    @property
    def dtype(self) -> torch.dtype:
        """The type of weights and images."""
        return torch.float64 if self.precision == "fp64" else torch.float32

    def autocast(self) -> torch.autocast:
        """The context in which networks are evaluated while training."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def place(self, network: nn.Module) -> nn.Module:
        """Move a network to the device, type and layout."""
        network.to(self.device, self.dtype)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)
        return network


@dataclass(frozen=True)
class Parts:
    """The live objects of a run.

    Attributes:
        networks: by role, in the method's order.
        averages: moving averages of those networks that have one.
        optimizers: by role, of those that are updated.
        frozen: the roles that are never updated.
    """

    networks: Mapping[str, nn.Module]
    averages: Mapping[str, Average]
    optimizers: Mapping[str, torch.optim.Optimizer]
    frozen: frozenset[str]

    def evaluated(self) -> dict[str, nn.Module]:
        """The networks to measure and to keep: the average where there is one."""
        return {role: self.averages[role].network if role in self.averages else n for role, n in self.networks.items()}


def choose_settings(precision: str, channels_last: bool, device: torch.device) -> Settings:
    """Resolve `auto`: bf16 where the hardware multiplies bf16 itself."""
    if precision == "auto":
        if device.type == "cuda":
            native = torch.cuda.get_device_capability(device) >= (8, 0)
        else:
            native = device.type == "cpu" and _multiplies_bf16()
        precision = "bf16" if native else "fp32"
    return Settings(device, precision, channels_last)


def _multiplies_bf16() -> bool:
    """Whether the CPU has instructions for bf16; without them oneDNN emulates it, slower than fp32."""
    has = torch.cpu.get_capabilities()
    return torch.ops.mkldnn._is_mkldnn_bf16_supported() and bool(has.get("avx512_bf16") or has.get("bf16"))


def assemble(
    plan: Plan,
    data: Mapping[str, ImageSet],
    weights: Mapping[str, tuple[Mapping[str, Tensor], str]],
    settings: Settings,
) -> Parts:
    """Build networks, averages and optimizers.

    Args:
        plan: the recipe, worked out.
        data: the training images by role.
        weights: tensors and their origin, for the networks that start from given weights.
        settings: device, precision and layout.

    Raises:
        RecipeError: an optimizer refuses its options.
        ShapeError: given weights do not fit.
    """
    recipe = plan.recipe
    facts = {role: images.facts for role, images in data.items()}
    networks: dict[str, nn.Module] = {}
    for role in recipe.method_class.networks:
        if role not in recipe.networks:
            continue
        part = recipe.networks[role]
        where = recipe.document.where(part.key)
        networks[role] = _build_network(plan, role, facts, networks)
        if role in weights:
            tensors, origin = weights[role]
            rename = getattr(part.table.weights, "rename", {})
            try:
                load_weights(networks[role], tensors, origin, rename)
            except ShapeError as error:
                error.where = where
                raise
        if role in recipe.frozen:
            networks[role].requires_grad_(False)
        networks[role].train(role not in recipe.frozen)
        settings.place(networks[role])
    averages = {
        role: Average(networks[role], part.table.ema)
        for role, part in recipe.networks.items()
        if part.table.ema is not None and role not in recipe.frozen
    }
    optimizers = {role: _optimizer(plan, role, networks[role]) for role in plan.trained}
    return Parts(networks, averages, optimizers, recipe.frozen)


def _build_network(plan: Plan, role: str, facts: Mapping[str, Any], networks: Mapping[str, nn.Module]) -> nn.Module:
    recipe = plan.recipe
    part: Part[NetworkTable] = recipe.networks[role]
    assert part.use is not None  # the checker made sure
    try:
        known = plan.method.facts(role, facts, networks, plan.losses)
    except ShapeError as error:
        error.where = error.where or recipe.document.where(part.key)
        raise
    # The weights that a network starts from depend on the seed and its role alone, whatever else is built.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(recipe.recipe.seed, "weights", role))
        network = build(part.use, known, recipe.document)
    if not isinstance(network, nn.Module):
        raise GanforgeError(
            f"{part.use.entry.name!r} is a {type(network).__name__}, not a torch.nn.Module",
            where=recipe.document.where(part.key),
            fix=f"report it to the author of {part.use.entry.origin}",
        )
    return network


def _optimizer(plan: Plan, role: str, network: nn.Module) -> torch.optim.Optimizer:
    part = plan.recipe.optimizers[role]
    assert part.use is not None  # the checker made sure
    try:
        optimizer = build(part.use, {}, plan.recipe.document)(list(network.parameters()))
    except (GanforgeError, TypeError, ValueError) as error:
        message = error.message if isinstance(error, GanforgeError) else str(error)
        raise RecipeError(
            f"{part.use.entry.name!r} refuses its options: {message}",
            where=plan.recipe.document.where(part.key),
            fix=error.fix if isinstance(error, GanforgeError) else f"see `ganforge show {part.use.entry.name}`",
        ) from error
    assert isinstance(optimizer, torch.optim.Optimizer)
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"])
    return optimizer
