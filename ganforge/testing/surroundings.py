"""The surroundings of a component: settings of the process, and the global random generators."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch

from ganforge.imports import process_state

TORCH = "torch's global generator"
UNLIKELY = 987_654_321
# A component is to leave every environment variable alone, not only those that ganforge reads.
EVERY_VARIABLE = ("",)


def changed(before: process_state.State) -> str | None:
    """Return the first setting that has changed, with both values; environment variables without them."""
    for name, (old, new) in process_state.changes(before, EVERY_VARIABLE).items():
        return f"the environment variable {name}" if name.startswith("$") else f"{name}, from {old} to {new}"
    return None


def random_states() -> dict[str, str]:
    """Return the states of the global random generators, by name."""
    return {
        "Python's random": repr(random.getstate()),
        "numpy.random": repr([np.asarray(part).tolist() for part in np.random.get_state()]),
        TORCH: repr(torch.get_rng_state().tolist()),
    }


def reseed(seed: int = UNLIKELY) -> dict[str, str]:
    """Reseed the global random generators with an unlikely seed and return their states."""
    for function in (random.seed, np.random.seed, torch.manual_seed):
        function(seed)
    return random_states()


def drawn_from(before: Mapping[str, str]) -> set[str]:
    """Return the names of the global random generators that have another state than before."""
    return {name for name, state in random_states().items() if state != before[name]}


@contextmanager
def kept() -> Iterator[None]:
    """Restore settings and random generators at the end of the block; hide warnings within it."""
    python, numpys, torchs = random.getstate(), np.random.get_state(), torch.get_rng_state()
    before = process_state.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
        torch.set_rng_state(torchs)
        process_state.restore(before, EVERY_VARIABLE)
