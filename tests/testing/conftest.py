"""The plugins of made-up components, right and wrong ones, as if they were installed."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ganforge.plugins.loader import installed_entry_points
from ganforge.plugins.registry import Registry

FOLDER = Path(__file__).parent / "components"
sys.path.append(str(FOLDER))
torch.set_num_threads(1)
# Networks that bring weights: the file of the first is right, and written into a package by `registry`.
BRINGING = """
from ganforge.plugins import Component, hookimpl

@hookimpl
def ganforge_components():
    right = ("made_up_weights:encoder.safetensors", "{digest}")
    return [
        Component("encoder", "trained", "made_up_networks:Encoder", "A right encoder.", (), *right),
        Component("encoder", "misfit", "made_up_networks:Unused", "A layer that is never used.", (), *right),
        Component("encoder", "altered", "made_up_networks:Encoder", "A right encoder.", (), right[0], "0" * 64),
        Component("encoder", "lost", "made_up_networks:Encoder", "A right encoder.", (), "made_up_weights:x", right[1]),
    ]
"""
PLUGINS = {
    "bringing": "made_up_weights.plugin",
    "made-up": "made_up_components",
    "tidy": "tidy_plugin",
    "untidy": "untidy_plugin",
    "conditional": "conditional",
}


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Install a package with weights, and a plugin with networks that bring them."""
    from made_up_networks import Encoder

    package = tmp_path_factory.mktemp("packages") / "made_up_weights"
    package.mkdir()
    file = package / "encoder.safetensors"
    save_file(Encoder(in_channels=1).state_dict(), file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "plugin.py").write_text(BRINGING.format(digest=digest), encoding="utf-8")
    sys.path.append(str(package.parent))


@pytest.fixture(scope="session")
def registry(weights: None) -> Registry:
    """Return the installed components and the made-up ones."""
    points = [EntryPoint(name, module, "ganforge") for name, module in PLUGINS.items()]
    found = Registry([*installed_entry_points()[0], *points])
    assert not found.broken
    return found


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that made-up datasets read."""
    folder = tmp_path_factory.mktemp("data")
    np.save(folder / "noise.npy", np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8))
    return folder
