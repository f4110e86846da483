"""A program that imports torch and prints what it finds as JSON: run apart, since a broken torch may take it along.

It stands alone: whatever is wrong with torch, or with ganforge, it says so by ending badly.
"""

from __future__ import annotations

import json
import time
from typing import Any


def facts() -> dict[str, Any]:
    """What torch says of itself and of the devices."""
    began = time.perf_counter()
    import torch

    seconds = time.perf_counter() - began
    cuda = torch.cuda.is_available()
    return {
        "version": str(torch.__version__),
        "seconds": round(seconds, 1),
        "threads": torch.get_num_threads(),
        "vector_instructions": torch.backends.cpu.get_cpu_capability(),
        "cpu_bf16": cpu_multiplies_bf16(torch),
        "cuda_built": torch.version.cuda,
        "hip_built": torch.version.hip,
        "cuda": cuda,
        "cuda_problem": None if cuda else cuda_problem(torch),
        "cudnn": cudnn_version(torch),
        "gpus": [gpu(torch, index) for index in range(torch.cuda.device_count())] if cuda else [],
    }


def cpu_multiplies_bf16(torch: Any) -> bool:
    """Whether the CPU has instructions for bf16, so that a recipe's `auto` takes it."""
    try:
        has = torch.cpu.get_capabilities()
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported() and (has.get("avx512_bf16") or has.get("bf16")))
    except Exception:  # another version of torch, or one without oneDNN
        return False


def cudnn_version(torch: Any) -> int | None:
    """The version of cuDNN that is loaded, whether there is a GPU or not."""
    try:
        version: int | None = torch.backends.cudnn.version()
    except Exception:  # one that does not go with this torch
        return None
    return version


def cuda_problem(torch: Any) -> str | None:
    """Why a torch that was built for CUDA has none."""
    if torch.version.cuda is None:
        return None
    try:
        torch.cuda.init()
    except Exception as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def gpu(torch: Any, index: int) -> dict[str, Any]:
    """One GPU; the memory in bytes."""
    properties = torch.cuda.get_device_properties(index)
    free, total = torch.cuda.mem_get_info(index)
    capability = (properties.major, properties.minor)
    return {
        "name": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "memory": total,
        "free": free,
        "bf16": capability >= (8, 0),
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
