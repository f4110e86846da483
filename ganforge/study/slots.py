"""Where the runs of a study go: a GPU each where there are several, or a share of the CPU's threads."""

from __future__ import annotations

import os

import torch

from ganforge.engine.place import choose_device
from ganforge.study.processes import Slot


def slots(jobs: int | None, device: str, threads: int | None) -> list[Slot]:
    """Places for runs side by side.

    Args:
        jobs: how many; by default one for each GPU, or one on the CPU. With more than there are GPUs, they share these.
        device: as the command line names it; `auto` and `cuda` mean all GPUs.
        threads: of the CPU, for each run; by default all run with an equal share of torch's.

    Raises:
        UsageError: there is no such device.
    """
    chosen = choose_device(device)
    if chosen.type == "cuda" and chosen.index is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        names = visible.split(",") if visible else [str(index) for index in range(torch.cuda.device_count())]
        return [
            Slot("cuda", threads, {"CUDA_VISIBLE_DEVICES": names[number % len(names)]})
            for number in range(jobs or len(names))
        ]
    count = jobs or 1
    if threads is None and count > 1 and chosen.type == "cpu":
        threads = max(1, torch.get_num_threads() // count)
    return [Slot(device, threads)] * count
