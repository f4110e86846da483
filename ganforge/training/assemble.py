"""Live networks, averages and optimizers of a plan, on a device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.data.source import ImageSet
from ganforge.errors import GanforgeError, RecipeError
from ganforge.networks.average import Average
from ganforge.networks.settings import Settings
from ganforge.networks.weights import build_network, load_weights
from ganforge.quantities.plan import Plan
from ganforge.recipe.build import build_component

Groups = dict[str, dict[str, Tensor]]
Numbers = dict[str, int | float]


@dataclass(frozen=True)
class Assembly:
    """The live objects of a run by role: networks in the method's order, moving averages and optimizers of some.

    Networks of the roles in `frozen` are never updated.
    """

    networks: Mapping[str, nn.Module]
    averages: Mapping[str, Average]
    optimizers: Mapping[str, torch.optim.Optimizer]
    frozen: frozenset[str]

    def state_dict(self) -> tuple[Groups, dict[str, Any]]:
        """Return tensors of trained networks, averages and optimizers by group, and all other values as JSON."""
        networks = {role: network for role, network in self.networks.items() if role not in self.frozen}
        averages = {role: average.network for role, average in self.averages.items()}
        moments: dict[str, Tensor] = {}
        scalars: dict[str, Any] = {}
        numbers = {}
        for role, optimizer in self.optimizers.items():
            tensors, others, numbers[role] = capture_optimizer(optimizer)
            moments |= {f"{role}.{name}": tensor for name, tensor in tensors.items()}
            scalars |= {f"{role}.{name}": value for name, value in others.items()}
        groups = {"networks": _with_role(networks), "averages": _with_role(averages), "optimizers": moments}
        updates = {role: average.updates for role, average in self.averages.items()}
        return groups, {"averages": updates, "optimizers": scalars, "groups": numbers}

    def load_state_dict(self, tensors: Groups, state: Mapping[str, Any]) -> None:
        """Restore the result of `state_dict`; other tensors and values are ignored."""
        for role, network in self.networks.items():
            if role not in self.frozen:
                network.load_state_dict(of_role(role, tensors["networks"]))
        for role, average in self.averages.items():
            average.network.load_state_dict(of_role(role, tensors["averages"]))
            average.updates = int(state["averages"][role])
        kept = {**tensors.get("optimizers", {}), **state.get("optimizers", {})}
        for role, optimizer in self.optimizers.items():
            restore_optimizer(optimizer, of_role(role, kept), state.get("groups", {}).get(role, []))

    def evaluated(self) -> dict[str, nn.Module]:
        """Return the networks to measure and to keep: the average where there is one."""
        return {role: self.averages[role].network if role in self.averages else n for role, n in self.networks.items()}


def assemble(
    plan: Plan,
    data: Mapping[str, ImageSet],
    weights: Mapping[str, tuple[Mapping[str, Tensor], str]],
    settings: Settings,
) -> Assembly:
    """Build networks, averages and optimizers for training images by role.

    Networks start from random weights, or from the tensors (and their origin) in `weights`, by role.

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
        network = networks[role] = build_network(plan, role, facts, networks)
        if role in weights:
            rename = getattr(part.table.weights, "rename", {})
            load_weights(network, *weights[role], rename, recipe.document.where(part.key))
        if role in recipe.frozen:
            network.requires_grad_(False)
        network.train(role not in recipe.frozen)
        settings.place(network)
    averages = {
        role: Average(networks[role], part.table.ema)
        for role, part in recipe.networks.items()
        if part.table.ema is not None and role not in recipe.frozen
    }
    optimizers = {role: _build_optimizer(plan, role, networks[role]) for role in plan.trained}
    return Assembly(networks, averages, optimizers, recipe.frozen)


def _build_optimizer(plan: Plan, role: str, network: nn.Module) -> torch.optim.Optimizer:
    part, document = plan.recipe.optimizers[role], plan.recipe.document
    name = part.use.entry.name
    try:
        optimizer: torch.optim.Optimizer = build_component(part.use, {}, document)(list(network.parameters()))
    except (GanforgeError, TypeError, ValueError) as error:
        message, fix = (error.message, error.fix) if isinstance(error, GanforgeError) else (error, None)
        fix = fix or f"see `ganforge show {name}`"
        raise RecipeError(
            f"{name!r} refuses its options: {message}", where=document.where(part.key), fix=fix
        ) from error
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"])
    for number in part.schedules:
        try:
            set_number(optimizer, number, plan.values[role][number](0, plan.recipe.train.steps))
        except KeyError:
            group = optimizer.param_groups[0]
            known = ["beta1", "beta2"] * ("betas" in group) + [key for key in group if type(group[key]) in (int, float)]
            raise RecipeError(
                f"{name!r} has no number {number!r} to schedule",
                where=document.where((*part.key, "schedules", number)),
                fix=f"it has: {', '.join(sorted(known))}",
            ) from None
    return optimizer


def set_number(optimizer: torch.optim.Optimizer, name: str, value: float) -> None:
    """Set a number in every group of an optimizer; `beta1` and `beta2` are the two of `betas`.

    Raises:
        KeyError: it has no such number.
    """
    for group in optimizer.param_groups:
        if name in ("beta1", "beta2"):
            betas = list(group["betas"])
            betas[name == "beta2"] = value
            group["betas"] = tuple(betas)
        elif type(group[name]) in (int, float):
            group[name] = value
        else:
            raise KeyError(name)


def of_role(role: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of one role from a mapping by `role.name`, by name."""
    prefix = f"{role}."
    return {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}


def _with_role(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return parameters and buffers by `role.name`."""
    return {f"{role}.{name}": value for role, net in networks.items() for name, value in net.state_dict().items()}


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
    """Restore the result of `capture_optimizer` into an optimizer of the same parameters; `kept` are all its values."""
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
