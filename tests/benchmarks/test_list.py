"""Listing many plugins imports no torch; the benchmark prints and writes what it says."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "list.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("benchmark_list", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_list"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_thousand_components_of_fifty_plugins_are_listed_without_torch(benchmark, tmp_path):
    benchmark.install(tmp_path, plugins=50, components=20)
    found = benchmark.listed(tmp_path, bytecode=None)
    assert found.components >= 1000
    assert not found.torch


def test_torch_would_be_noticed(benchmark, tmp_path):
    benchmark.install(tmp_path, plugins=1, components=1)
    (tmp_path / "torch.py").write_text("")
    plugin = tmp_path / "ganforge_made_up_00" / "plugin.py"
    plugin.write_text(f"import torch\n{plugin.read_text()}")
    assert benchmark.listed(tmp_path, bytecode=None).torch


def test_the_figures_are_printed_and_written(benchmark, tmp_path, monkeypatch, capsys):
    output = tmp_path / "list.json"
    options = ["--plugins", "2", "--components", "3", "--repeats", "1", "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["list.py", *options])
    benchmark.main()
    figures = json.loads(output.read_text())
    assert output.read_text() in capsys.readouterr().out
    assert figures["torch_imported"] is False
    for kind in ("compiled", "uncompiled"):
        assert 0 < figures["seconds"][kind]["best"] <= figures["seconds"][kind]["worst"]
        assert figures["cpu_seconds"][kind]["median"] > 0
