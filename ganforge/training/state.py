"""Everything that a checkpoint must hold so that a resumed run continues to the same bits.

That is less than one may think: batches, augmentations and dropout are functions of the step (see `seeding`), scheduled
learning rates are functions of the step, and constant quantities are computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from ganforge.runs.checkpoint import Checkpoint
from ganforge.training.step import Stepper

Groups = dict[str, dict[str, Tensor]]
Numbers = dict[str, int | float]
T = TypeVar("T")


def capture(stepper: Stepper) -> tuple[Groups, dict[str, Any]]:
    """The tensors by group and name, and the rest as JSON values."""
    parts = stepper.parts
    groups: Groups = {"networks": {}, "averages": {}, "optimizers": {}, "sums": dict(stepper.sums)}
    scalars: dict[str, Any] = {}
    for role, network in parts.networks.items():
        if role not in parts.frozen:
            groups["networks"] |= {f"{role}.{name}": tensor for name, tensor in network.state_dict().items()}
    for role, average in parts.averages.items():
        groups["averages"] |= {f"{role}.{name}": tensor for name, tensor in average.network.state_dict().items()}
    numbers = {}
    for role, optimizer in parts.optimizers.items():
        tensors, others, numbers[role] = capture_optimizer(optimizer)
        groups["optimizers"] |= {f"{role}.{name}": tensor for name, tensor in tensors.items()}
        scalars |= {f"{role}.{name}": value for name, value in others.items()}
    state = {
        "optimizers": scalars,
        "groups": numbers,
        "averages": {role: average.updates for role, average in parts.averages.items()},
        "counts": dict(stepper.counts),
        "resting": sorted(stepper.resting),
    }
    return {name: tensors for name, tensors in groups.items() if tensors}, state


def restore(stepper: Stepper, checkpoint: Checkpoint) -> None:
    """Put a checkpoint back into a stepper that was assembled from the same recipe."""
    parts, tensors, state = stepper.parts, checkpoint.tensors, checkpoint.state
    restore_networks(stepper, checkpoint)
    kept = {**tensors.get("optimizers", {}), **_object(state, "optimizers")}
    for role, optimizer in parts.optimizers.items():
        restore_optimizer(optimizer, _of(kept, role), _object(state, "groups").get(role, []))
    device = stepper.settings.device
    stepper.sums = {name: tensor.to(device) for name, tensor in tensors.get("sums", {}).items()}
    stepper.counts = {name: int(count) for name, count in _object(state, "counts").items()}
    stepper.resting = set(state.get("resting", []))  # type: ignore[arg-type]


def capture_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any], list[Numbers]]:
    """An optimizer's tensors and its other values by `parameter.name`, and the numbers of each of its groups."""
    tensors: dict[str, Tensor] = {}
    others: dict[str, Any] = {}
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            (tensors if isinstance(value, Tensor) else others)[f"{index}.{name}"] = value
    numbers = [{name: value for name, value in group.items() if _is_number(value)} for group in optimizer.param_groups]
    return tensors, others, numbers


def restore_optimizer(optimizer: torch.optim.Optimizer, kept: Mapping[str, Any], numbers: Sequence[Numbers]) -> None:
    """Put back what `capture_optimizer` gave into an optimizer that was built alike.

    Args:
        optimizer: of the same parameters, in the same order.
        kept: its tensors and other values, together.
        numbers: of its groups.
    """
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


def restore_networks(stepper: Stepper, checkpoint: Checkpoint) -> None:
    """Put only the weights of a checkpoint back: those of the networks and of their averages."""
    parts = stepper.parts
    for role, network in parts.networks.items():
        if role not in parts.frozen:
            network.load_state_dict(_of(checkpoint.tensors["networks"], role))
    for role, average in parts.averages.items():
        average.network.load_state_dict(_of(checkpoint.tensors["averages"], role))
        average.updates = int(_object(checkpoint.state, "averages")[role])


def _of(values: Mapping[str, T], role: str) -> dict[str, T]:
    prefix = f"{role}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _is_number(value: Any) -> bool:
    """What an optimizer may change in its groups as it goes, such as an estimate of its own learning rate."""
    return type(value) in (int, float)


def _object(state: Any, key: str) -> dict[str, Any]:
    value = state.get(key, {})
    return value if isinstance(value, dict) else {}
