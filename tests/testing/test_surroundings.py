"""Settings and random generators: changes are named, and undone."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ganforge.imports import process_state
from ganforge.testing.surroundings import changed, drawn_from, kept, reseed

CHANGES: dict[str, Callable[[], object]] = {
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch's default device": lambda: torch.set_default_device("meta"),
    "torch's deterministic mode": lambda: torch.use_deterministic_algorithms(True),
    "torch's autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "torch's number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch's float32 matmul precision": lambda: torch.set_float32_matmul_precision("high"),
    "torch's gradient mode": lambda: torch.set_grad_enabled(False),
    "torch's anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "cudnn.allow_tf32": lambda: setattr(torch.backends.cudnn, "allow_tf32", not torch.backends.cudnn.allow_tf32),
    "cudnn.benchmark": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "cudnn.deterministic": lambda: setattr(torch.backends.cudnn, "deterministic", True),
    "cudnn.enabled": lambda: setattr(torch.backends.cudnn, "enabled", False),
    "numpy's error handling": lambda: np.seterr(all="raise"),
    "the working directory": lambda: os.chdir(Path(__file__).parent),
    "the environment variable $ACME": lambda: os.environ.update(ACME="1"),
    "the warning filters": lambda: warnings.simplefilter("error"),
}


def test_every_setting_is_tested():
    assert set(process_state.SETTINGS) <= set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_names_and_restores_a_changed_setting(name: str):
    before = process_state.read()
    with kept():
        inside = process_state.read()
        CHANGES[name]()
        found = changed(inside)
        assert found is not None
        assert found.startswith(name)
    assert changed(before) is None


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("Python's random", random.random),
        ("numpy.random", np.random.rand),
        ("torch's global generator", torch.default_generator.seed),
    ],
)
def test_names_a_generator_that_is_drawn_from(name: str, draw: Callable[..., object]):
    with kept():
        before = reseed()
        assert drawn_from(before) == set()
        draw()
        assert drawn_from(before) == {name}


def test_restores_generators():
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    wanted = (random.random(), np.random.rand(), float(torch.rand(())))
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    with kept():
        reseed()
    assert (random.random(), np.random.rand(), float(torch.rand(()))) == wanted
