"""Networks built from a plan, and files of their weights: every parameter fits, or the error lists what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ganforge import atomic
from ganforge.errors import GanforgeError, RunError, ShapeError, command
from ganforge.method import DataFacts
from ganforge.printable import printable
from ganforge.quantities.plan import Plan
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import ChosenComponent, WeightsFile
from ganforge.runs import kept, tensor_file
from ganforge.runs.directory import RunDirectory
from ganforge.seeding import derive
from ganforge.tensor_header import check_file


def build_network(
    plan: Plan, role: str, facts: Mapping[str, DataFacts], networks: Mapping[str, nn.Module]
) -> nn.Module:
    """Build the network of a role with random weights, from the facts of each data role and the networks before it.

    Raises:
        RecipeError: the component refuses its options.
        GanforgeError: the component is not a network, or does not fit the others.
    """
    part, document = plan.recipe.networks[role], plan.recipe.document
    try:
        known = plan.method.facts(role, facts, networks, plan.losses)
    except ShapeError as error:
        error.where = error.where or document.where(part.key)
        raise
    # Random weights depend only on the seed and the role, not on what else is built.
    return build_module(part.use, known, document, derive(plan.recipe.recipe.seed, "weights", role))


def build_module(use: ChosenComponent, facts: Mapping[str, Any], document: Document, seed: int) -> nn.Module:
    """Build a network component with random weights; `facts` are values that the recipe implies, by option.

    Raises:
        RecipeError: the component refuses its options.
        GanforgeError: the component is not a network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_component(use, facts, document)
    if not isinstance(network, nn.Module):
        raise GanforgeError(
            f"{use.entry.name!r} is a {type(network).__name__}, not a torch.nn.Module",
            where=document.where(use.key),
            fix=f"report it to the author of {use.entry.origin}",
        )
    return network


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


def save_statistics(statistics: Mapping[str, Tensor], run: RunDirectory) -> None:
    """Write the statistics over the training images that a run keeps; nothing if there are none.

    Raises:
        RunError: they cannot be written.
    """
    if not statistics:
        return
    try:
        atomic.write_file(run.statistics, tensor_file.encode(statistics))
    except OSError as error:
        raise RunError(
            f"{run.statistics} cannot be written: {error.strerror or error}", fix="make room or make it writable"
        ) from error


def read_statistics(run: RunDirectory) -> dict[str, Tensor]:
    """Read the statistics over the training images that a run keeps, every byte as it was written.

    Raises:
        RunError: they are missing or damaged.
    """
    kept.verify(run, run.statistics)
    return read_weights(run.statistics, fix=f"make it again: {command('resume', run.path)}")


def read_weights(path: Path, fix: str = "give a safetensors file") -> dict[str, Tensor]:
    """Read a safetensors file, its values only where they are used; `fix` is for the message.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        check_file(path)
        return load_file(path)
    except (OSError, SafetensorError, RunError) as error:
        reason = printable(getattr(error, "strerror", None) or error)
        raise RunError(f"cannot read the weights {path}: {reason}", fix=fix) from error


def read_kept_weights(run: RunDirectory, role: str) -> dict[str, Tensor]:
    """Read the weights that a run keeps of a network, every byte as it was written.

    Raises:
        RunError: they are missing or damaged.
    """
    path = run.weights / f"{role}.safetensors"
    kept.verify(run, path)
    return read_weights(path, fix=f"make it again: {command('resume', run.path)}")


def read_weights_file(file: WeightsFile) -> dict[str, Tensor]:
    """Read a file of weights that a recipe names.

    Raises:
        RunError: it is missing, damaged, or differs from the digest that its component declares.
    """
    if file.sha256 not in (None, file.digest):
        raise RunError(
            f"the weights {file.path} are not what their plugin declares: SHA-256 {file.digest}, not {file.sha256}",
            fix="reinstall the plugin; if that does not help, report it to the plugin's author",
        )
    return read_weights(file.path)


def load_weights(
    network: nn.Module, tensors: Mapping[str, Tensor], origin: str, rename: Mapping[str, str], where: str | None = None
) -> None:
    """Copy parameters and buffers by name into a network; `origin` and `where` in the recipe are for messages.

    Of `rename`, prefixes of their names and replacements, the first that matches applies.

    Raises:
        ShapeError: a name is missing, left over or duplicated, or a shape differs; the message lists them.
        RunError: a value is not finite.
    """
    names = [_rename(name, rename) for name in tensors]
    renamed = dict(zip(names, tensors.values(), strict=True))
    own = network.state_dict()
    faults = [f"{printable(name)} is missing" for name in own if name not in renamed]
    faults += [f"{printable(name)} is left over" for name in renamed if name not in own]
    faults += [
        f"{printable(name)} is {list(renamed[name].shape)}, wanted {list(own[name].shape)}"
        for name in own
        if name in renamed and renamed[name].shape != own[name].shape
    ]
    counts = Counter(names)
    faults += [f"{printable(name)} is there twice, once renamed" for name in renamed if counts[name] > 1]
    if faults:
        shown = "; ".join(faults[:6]) + (f"; and {len(faults) - 6} more" if len(faults) > 6 else "")
        raise ShapeError(
            f"the weights of {origin} do not fit {type(network).__name__}: {shown}",
            where=where,
            fix="use the component and the options that they were trained with, or map names with `rename`",
        )
    # A buffer may be infinite by design, such as a mask.
    if wild := [name for name in own if bool((own[name].isfinite() & ~renamed[name].isfinite()).any())]:
        raise RunError(
            f"the weights of {origin} hold values that are not finite: {', '.join(wild[:6])}",
            where=where,
            fix="use other weights, or train them again",
        )
    with torch.no_grad():
        network.load_state_dict(renamed)


def _rename(name: str, rename: Mapping[str, str]) -> str:
    old = next((prefix for prefix in rename if name.startswith(prefix)), "")
    return rename.get(old, "") + name.removeprefix(old)
