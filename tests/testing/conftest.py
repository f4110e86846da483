"""The plugins of made-up components, right and wrong ones, as if they were installed."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import torch

from ganforge.plugins.loader import installed
from ganforge.plugins.registry import Registry

FOLDER = Path(__file__).parent / "components"
sys.path.append(str(FOLDER))
torch.set_num_threads(1)
PLUGINS = {
    "made-up": "made_up_components",
    "tidy": "tidy_plugin",
    "untidy": "untidy_plugin",
    "conditional": "conditional",
}


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The installed components and the made-up ones."""
    points = [EntryPoint(name, module, "ganforge") for name, module in PLUGINS.items()]
    found = Registry([*installed()[0], *points])
    assert not found.broken
    return found


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that made-up datasets read."""
    folder = tmp_path_factory.mktemp("data")
    np.save(folder / "noise.npy", np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8))
    return folder
