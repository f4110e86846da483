"""Weights from files: every parameter accounted for, or a message that lists what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ganforge.errors import RunError, ShapeError
from ganforge.recipe.recipe import WeightsFile
from ganforge.runs import atomic, tensor_file


def save_weights(networks: Mapping[str, nn.Module], folder: Path) -> None:
    """Write the parameters and buffers of each network to `folder/ROLE.safetensors`: all files, or none.

    Raises:
        RunError: they cannot be written.
    """
    try:
        with atomic.folder(folder) as temporary:
            for role, network in networks.items():
                atomic.create(temporary / f"{role}.safetensors", tensor_file.encode(network.state_dict()))
    except OSError as error:
        raise RunError(
            f"the weights {folder} cannot be written: {error.strerror or error}",
            fix="make room or make the folder writable",
        ) from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise RunError(f"cannot read the weights {path}: {error}", fix="give a safetensors file") from error


def read_weights_file(file: WeightsFile) -> dict[str, Tensor]:
    """Read a file of weights that a recipe names.

    Raises:
        RunError: it is missing or damaged, or differs from what the component that brings it declares.
    """
    if file.sha256 not in (None, file.digest):
        raise RunError(
            f"the weights {file.path} are not what their plugin declares: SHA-256 {file.digest}, not {file.sha256}",
            fix="reinstall the plugin; if that does not help, report it to the plugin's author",
        )
    return read_weights(file.path)


def load_weights(network: nn.Module, tensors: Mapping[str, Tensor], origin: str, rename: Mapping[str, str]) -> None:
    """Put tensors into a network.

    Args:
        network: what receives them.
        tensors: parameters and buffers by name.
        origin: where they come from, for messages.
        rename: prefixes of names in `tensors` and what replaces them; the first that fits counts.

    Raises:
        ShapeError: a name is missing, left over or there twice, or a shape differs; the message lists them.
    """
    names = {name: _rename(name, rename) for name in tensors}
    renamed = {names[name]: tensor for name, tensor in tensors.items()}
    own = network.state_dict()
    faults = [f"{name} is missing" for name in own if name not in renamed]
    faults += [f"{name} is left over" for name in renamed if name not in own]
    faults += [
        f"{name} is {list(renamed[name].shape)}, wanted {list(own[name].shape)}"
        for name in own
        if name in renamed and renamed[name].shape != own[name].shape
    ]
    given = list(names.values())
    faults += [f"{name} is there twice, once renamed" for name in renamed if given.count(name) > 1]
    if faults:
        shown = "; ".join(faults[:6]) + (f"; and {len(faults) - 6} more" if len(faults) > 6 else "")
        raise ShapeError(
            f"the weights of {origin} do not fit {type(network).__name__}: {shown}",
            fix="use the component and the options that they were trained with, or map names with `rename`",
        )
    with torch.no_grad():
        network.load_state_dict(renamed)


def _rename(name: str, rename: Mapping[str, str]) -> str:
    for old, new in rename.items():
        if name.startswith(old):
            return new + name[len(old) :]
    return name
