"""Runs made before a plugin renamed its parts: measured, continued, found again and compared after it has."""

from __future__ import annotations

import shutil
import sys
import warnings

import pytest

pytestmark = pytest.mark.filterwarnings("default::ganforge.errors.RenamedWarning")

RECIPE = """\
[recipe]
name = "old"
[data.images]
use = "digits/synthetic-street"
count = 40
validation = 10
[data.test]
use = "digits/synthetic-street"
count = 10
[networks.classifier]
use = "acme/net"
units = 4
[method]
use = "basics/classifier"
[losses.classification]
use = "basics/classification"
[train]
steps = 2
batch_size = 4
"""
NETWORK = """
from typing import Annotated
from torch import nn
from ganforge.plugins import Formerly

class Net(nn.Module):
    "A network."
    def __init__(self, *, in_channels: int, classes: int, OPTION = 8):
        super().__init__()
        self.in_channels, self.code_dim = in_channels, NAME
        self.net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(in_channels, NAME))
        self.head = nn.Linear(NAME, classes)
    def forward(self, images):
        return self.net(images)
    def classify(self, code):
        return self.head(code)
"""


def publish(site, version: str, name: str, option: str, formerly: str) -> None:
    for folder in site.path.glob("ganforge_acme-*.dist-info"):
        shutil.rmtree(folder)
    sys.modules.pop("ganforge_acme_plugin", None)
    module = f"acme_{version}"
    annotation = f"{option}: int" if version == "v1" else f"{option}: Annotated[int, Formerly('units')]"
    source = NETWORK.replace("OPTION", annotation).replace("NAME", option)
    site.install(
        "acme",
        {module: source},
        f'"encoder", "{name}", "{module}:Net", "One.", formerly={formerly}',
        version=version[1:],
    )


def renamed(recipe: str) -> str:
    return recipe.replace("acme/net", "acme/network").replace("units", "width")


def test_what_was_made_before_is_what_it_was(ganforge, site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GANFORGE_RUNS", raising=False)
    (tmp_path / "old.toml").write_text(RECIPE)
    (tmp_path / "new.toml").write_text(renamed(RECIPE))
    publish(site, "v1", "net", "units", "()")
    assert ganforge("run", "old.toml").code == 0
    judged = RECIPE.replace('name = "old"', 'name = "{}"') + '[judges.one]\nrecipe = "{}.toml"\n'
    (tmp_path / "judged.toml").write_text(judged.format("judged", "old"))
    assert ganforge("run", "judged.toml").code == 0
    [judge] = (tmp_path / "runs").glob("old-*")

    publish(site, "v2", "network", "width", "('net',)")
    result = ganforge("check", "old.toml")
    assert result.code == 0
    assert result.err == (
        "warning: old.toml:11: 'acme/net' is called 'acme/network' now\n  fix: write acme/network\n"
        "warning: old.toml:12: 'units' is called 'width' now\n  fix: write width\n"
    )
    assert result.out.replace("old", "new") == ganforge("check", "new.toml").out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strict = ganforge("check", "old.toml")
    assert (strict.code, strict.err) == (1, f"error: {result.err.splitlines()[0][9:]}\n  fix: write acme/network\n")
    page = ganforge("show", "acme/net").out
    assert page.startswith("acme/network   encoder   ganforge-acme 2\n  One.\n  formerly net\n")
    assert "width: int   (default: 8, formerly units)" in page
    for command in (
        ["evaluate", "runs/old"],
        ["resume", "runs/old"],
        ["resume", "runs/old", "new.toml"],
        ["compare", "runs/old", judge, "--json"],
    ):
        result = ganforge(*command)
        assert (result.code, result.err) == (0, ""), command
    # The run that another builds on is found again under the new names.
    (tmp_path / "judged.toml").write_text(renamed(judged.format("judged-2", "new")))
    assert ganforge("run", "judged.toml").code == 0
    assert list((tmp_path / "runs").glob("old-*")) == [judge]
    assert "acme/network" in (tmp_path / "runs" / "judged-2" / "recipe.toml").read_text()
