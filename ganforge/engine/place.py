"""Where and how this machine runs recipes: folders, device, threads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.errors import UsageError
from ganforge.folders import cache_folder, data_folder, runs_folder
from ganforge.plugins.registry import Registry
from ganforge.watching.listener import Listener


@dataclass(frozen=True)
class Place:
    """Where and how this machine runs recipes.

    Attributes:
        registry: the installed components.
        data_root: the folder of data sets.
        runs: the folder of run directories.
        cache: the folder of decoded data.
        device: where to compute.
        listener: who watches.
    """

    registry: Registry
    data_root: Path
    runs: Path
    cache: Path
    device: torch.device
    listener: Listener


def resolve_place(
    registry: Registry,
    *,
    data: Path | None = None,
    runs: Path | None = None,
    cache: Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    listener: Listener | None = None,
) -> Place:
    """A workplace from what a user says; the rest from the environment, or as most would have it.

    Args:
        registry: the installed components.
        data: else `$GANFORGE_DATA`, else `data`.
        runs: else `$GANFORGE_RUNS`, else `runs`.
        cache: else `$GANFORGE_CACHE`, else `ganforge` in the user's cache folder.
        device: `auto` (CUDA where there is a GPU), `cpu`, `cuda` or `cuda:N`.
        threads: of the CPU; else as torch has it.
        listener: who watches.

    Raises:
        UsageError: there is no such device, or less than one thread is wanted.
    """
    if threads is not None:
        if threads < 1:
            raise UsageError(f"cannot compute with {threads} threads", fix="--threads 1 or more")
        torch.set_num_threads(threads)
    return Place(
        registry=registry,
        data_root=data_folder(data).absolute(),
        runs=runs_folder(runs),
        cache=cache_folder(cache).absolute(),
        device=choose_device(device),
        listener=listener or Listener(),
    )


def choose_device(name: str) -> torch.device:
    """The device that a user names.

    Raises:
        UsageError: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise UsageError(f"there is no device {name!r}", fix="auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(f"there is no device {name!r} on this machine", fix="--device auto or cpu")
    return device
