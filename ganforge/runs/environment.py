"""The environment of a run, the part of it that determines its bits, and the peak memory of its process.

`describe` is for readers and goes to `run.json`. `fingerprint` is for resuming: two runs of the same recipe with equal
fingerprints compute the same bits; `differences` lists the facts in which two fingerprints differ.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ganforge.runs.strict_json import JSON

if TYPE_CHECKING:
    import torch


def now() -> str:
    """Return the time as records have it, ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def describe(recipe_folder: Path) -> dict[str, JSON]:
    """Describe the machine, the interpreter and the packages; imports no torch.

    Args:
        recipe_folder: the folder of the recipe; its git commit is included if it is in a repository.
    """
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "host": platform.node(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "packages": {name: metadata.version(name) for name in ("ganforge", "torch", "numpy", "safetensors")},
        "commit": _output("git", "-C", str(recipe_folder), "rev-parse", "HEAD"),
    }


def fingerprint(device: torch.device, *, precision: str, memory_format: str, deterministic: bool) -> dict[str, JSON]:
    """Return the facts that, with its recipe, determine a run's bits.

    The number of threads and the vector instructions count on the CPU only, the libraries of the device on CUDA only.

    Args:
        device: the device of the networks.
        precision: such as `fp32` or `bf16`.
        memory_format: such as `contiguous` or `channels-last`.
        deterministic: True if only deterministic algorithms are used.
    """
    import numpy
    import torch

    found: dict[str, JSON] = {
        "device": device.type,
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "precision": precision,
        "memory format": memory_format,
        "deterministic": deterministic,
    }
    if device.type == "cuda":
        found["device name"] = torch.cuda.get_device_name(device)
        found["cuda"] = torch.version.cuda
        found["cudnn"] = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    else:
        found["device name"] = cpu_model()
        found["threads"] = torch.get_num_threads()
        found["vector instructions"] = torch.backends.cpu.get_cpu_capability()
    return found


def differences(saved: Mapping[str, JSON], current: Mapping[str, JSON]) -> list[str]:
    """Return a line for each fact in which two fingerprints differ, such as `threads: 2 -> 1`; none if equal."""
    pairs = {key: (saved.get(key, "unknown"), current.get(key, "unknown")) for key in {**saved, **current}}
    return [f"{key}: {old} -> {new}" for key, (old, new) in pairs.items() if old != new]


def cpu_model() -> str:
    """Return the name of the processor, or of its family if the system does not give the name."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def peak_memory() -> dict[str, int]:
    """Return bytes by kind: `process`, the peak resident set (not on Windows), and `gpu`, if torch uses one."""
    found: dict[str, int] = {}
    with suppress(ImportError):  # Windows has no such module
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["process"] = peak if sys.platform == "darwin" else 1024 * peak
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        found["gpu"] = max(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
    return found


def _output(*command: str) -> str | None:
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip() or None
    return None
