"""A program that prints what torch reports as JSON, run in a process of its own: a broken torch may crash it.

It imports nothing of ganforge, and any failure ends it with an error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any


def facts() -> dict[str, Any]:
    """Collect versions, threads and devices; GPU memory in bytes."""
    began = time.perf_counter()
    import torch

    seconds = time.perf_counter() - began
    cuda = torch.cuda.is_available()
    return {
        "version": str(torch.__version__),
        "seconds": round(seconds, 1),
        "threads": torch.get_num_threads(),
        "vector_instructions": torch.backends.cpu.get_cpu_capability(),
        "cpu_bf16": _attempt(lambda: _multiplies_bf16(torch), False),
        "cuda_built": torch.version.cuda,
        "hip_built": torch.version.hip,
        "cuda": cuda,
        "cuda_problem": None if cuda or torch.version.cuda is None else _cuda_problem(torch),
        "cudnn": _attempt(torch.backends.cudnn.version, None),
        "gpus": [_gpu(torch, index) for index in range(torch.cuda.device_count())] if cuda else [],
        "system": _attempt(_system, {}),
    }


def _attempt(call: Callable[[], Any], otherwise: Any) -> Any:
    """Return the result of a call, or something else if this build of torch fails it."""
    try:
        return call()
    except Exception:
        return otherwise


def _system() -> Any:
    from torch.utils.collect_env import get_env_info

    return get_env_info()._asdict()  # type: ignore[no-untyped-call]


def _multiplies_bf16(torch: Any) -> bool:
    """Return True if the CPU has instructions for bf16, so that `precision = "auto"` uses it."""
    has = torch.cpu.get_capabilities()
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported() and (has.get("avx512_bf16") or has.get("bf16")))


def _cuda_problem(torch: Any) -> str | None:
    """Return why a torch that was built for CUDA finds none."""
    try:
        torch.cuda.init()
    except Exception as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def _gpu(torch: Any, index: int) -> dict[str, Any]:
    properties = torch.cuda.get_device_properties(index)
    free, total = torch.cuda.mem_get_info(index)
    return {
        "name": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "memory": total,
        "free": free,
        "bf16": properties.major >= 8,
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
