"""Global settings and generators: noticed when they change, and put back."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ganforge.testing.surroundings import RESTORE, changed, flags, kept, scrambled, touched

CHANGES: dict[str, Callable[[], object]] = {
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch's default device": lambda: torch.set_default_device("meta"),
    "torch's threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "float32 matmul precision (TF32)": lambda: torch.set_float32_matmul_precision("high"),
    "cudnn.allow_tf32": lambda: setattr(torch.backends.cudnn, "allow_tf32", not torch.backends.cudnn.allow_tf32),
    "cudnn.benchmark": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "cudnn.deterministic": lambda: setattr(torch.backends.cudnn, "deterministic", True),
    "cudnn.enabled": lambda: setattr(torch.backends.cudnn, "enabled", False),
    "deterministic algorithms": lambda: torch.use_deterministic_algorithms(True),
    "gradients": lambda: torch.set_grad_enabled(False),
    "anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "numpy's error handling": lambda: np.seterr(all="raise"),
    "the working directory": lambda: os.chdir(Path(__file__).parent),
    "the environment": lambda: os.environ.update(ACME="1"),
}


def test_there_is_a_change_of_every_flag():
    assert list(CHANGES) == list(flags())
    assert set(RESTORE) == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_flag_is_named_and_put_back(name: str):
    before = flags()
    with kept():
        CHANGES[name]()
        found = changed(before, flags())
        assert found is not None
        assert found.startswith(name)
    assert changed(before, flags()) is None


@pytest.mark.parametrize(
    ("whose", "draw"),
    [
        ("Python's random", random.random),
        ("numpy.random", np.random.rand),
        ("torch's global generator", torch.default_generator.seed),
    ],
)
def test_a_generator_that_is_drawn_from_is_named(whose: str, draw: Callable[..., object]):
    with kept():
        before = scrambled()
        assert touched(before) == set()
        draw()
        assert touched(before) == {whose}


def test_generators_go_on_where_they_were():
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    wanted = (random.random(), np.random.rand(), float(torch.rand(())))
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    with kept():
        scrambled()
    assert (random.random(), np.random.rand(), float(torch.rand(()))) == wanted
