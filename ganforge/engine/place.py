"""The place where recipes run: folders, device, threads and listeners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import torch

from ganforge.engine.memory import keep_freed_memory
from ganforge.errors import UsageError
from ganforge.folders import PlaceOptions, cache_folder, data_folder, runs_folder
from ganforge.plugins.registry import Registry
from ganforge.watching.listener import Listener, Listeners
from ganforge.watching.trackers import trackers as named_trackers


@dataclass(frozen=True)
class Place:
    """The place where recipes run: components, folders of data, runs and decoded data, device and listener."""

    registry: Registry
    data_root: Path
    runs: Path
    cache: Path
    device: torch.device
    listener: Listener


def resolve_place(registry: Registry, listener: Listener | None = None, **options: Unpack[PlaceOptions]) -> Place:
    """Resolve options into a place; sets torch's number of threads, and the allocator to keep large blocks.

    Raises:
        UsageError: there is no such device or tracker, or fewer than one thread is asked for.
    """
    threads = options.get("threads")
    if threads is not None:
        if threads < 1:
            raise UsageError(f"cannot compute with {threads} threads", fix="--threads 1 or more")
        torch.set_num_threads(threads)
    keep_freed_memory()
    watching = named_trackers(registry, options["trackers"]) if "trackers" in options else []
    return Place(
        registry=registry,
        data_root=data_folder(options.get("data")).absolute(),
        runs=runs_folder(options.get("runs")),
        cache=cache_folder(options.get("cache")).absolute(),
        device=choose_device(options.get("device", "auto")),
        listener=Listeners(listener or Listener(), *watching) if watching else listener or Listener(),
    )


def choose_device(name: str) -> torch.device:
    """Return the device that a user names.

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
