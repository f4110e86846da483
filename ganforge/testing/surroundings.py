"""What surrounds a component: flags of torch, numpy and the process, and the global random generators."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch

TORCH = "torch's global generator"
UNLIKELY = 987_654_321
CUDNN = ("allow_tf32", "benchmark", "deterministic", "enabled")


def flags() -> dict[str, Any]:
    """The settings that hold for everything in this process, by name."""
    return {
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "torch's threads": torch.get_num_threads(),
        "float32 matmul precision (TF32)": torch.get_float32_matmul_precision(),
        **{f"cudnn.{name}": getattr(torch.backends.cudnn, name) for name in CUDNN},
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "gradients": torch.is_grad_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "numpy's error handling": tuple(np.geterr().items()),
        "the working directory": os.getcwd(),
        "the environment": tuple(sorted(os.environ.items())),
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """The first flag that changed, with both values; the environment's without them."""
    for name, value in before.items():
        if after[name] != value:
            return name if name == "the environment" else f"{name}, from {value} to {after[name]}"
    return None


def random_states() -> dict[str, str]:
    """The states of the global generators, by whose they are."""
    return {
        "Python's random": repr(random.getstate()),
        "numpy.random": repr([np.asarray(part).tolist() for part in np.random.get_state()]),
        TORCH: repr(torch.get_rng_state().tolist()),
    }


def scrambled(seed: int = UNLIKELY) -> dict[str, str]:
    """The states of the global generators, after these have been put where nobody's seed would put them."""
    for reseed in (random.seed, np.random.seed, torch.manual_seed):
        reseed(seed)
    return random_states()


def touched(before: Mapping[str, str]) -> set[str]:
    """Whose generators are no longer in the states that they were in."""
    now = random_states()
    return {whose for whose, state in before.items() if now[whose] != state}


@contextmanager
def kept() -> Iterator[None]:
    """Leave flags and generators as they were, whatever happens inside; warnings are not shown."""
    before, python, numpys, torchs = flags(), random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
        torch.set_rng_state(torchs)
        now = flags()
        for name, value in before.items():
            if now[name] != value:
                RESTORE[name](value)


def _set_environment(value: tuple[tuple[str, str], ...]) -> None:
    os.environ.clear()
    os.environ.update(value)


RESTORE: dict[str, Callable[[Any], object]] = {
    "torch's default dtype": torch.set_default_dtype,
    # The default is the CPU, which is to be set as no device at all: it would slow everything down.
    "torch's default device": lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    "torch's threads": torch.set_num_threads,
    "float32 matmul precision (TF32)": torch.set_float32_matmul_precision,
    **{f"cudnn.{name}": partial(setattr, torch.backends.cudnn, name) for name in CUDNN},
    "deterministic algorithms": torch.use_deterministic_algorithms,
    "gradients": torch.set_grad_enabled,
    "anomaly detection": torch.autograd.set_detect_anomaly,
    "autocast": partial(torch.set_autocast_enabled, "cpu"),
    "numpy's error handling": lambda value: np.seterr(**dict(value)),
    "the working directory": os.chdir,
    "the environment": _set_environment,
}
