"""Side effects of importing a plugin or a component: reported, kept harmless, restored."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from pathlib import Path

import numpy
import pytest
import torch

from ganforge.errors import GanforgeWarning
from ganforge.imports import process_state
from ganforge.imports.watched_import import LONGEST, ImportReport, watched_import
from ganforge.plugins.loader import load_plugins
from ganforge.plugins.registry import Registry


def report(site, source: str) -> ImportReport:
    site.install("acme", {"acme_plugin": source})
    [plugin] = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    return plugin.import_report


def test_reports_nothing_of_a_quiet_import(site):
    found = report(site, "import json")
    assert (found.printed, found.imported, found.changed) == ("", (), ())
    assert found.seconds > 0


def test_reports_import_time(site):
    assert report(site, "import time\ntime.sleep(0.05)").seconds >= 0.05


def test_reports_output_in_one_line_and_sends_it_to_stderr(site, capsys):
    assert report(site, "import sys\nprint('hello,')\nprint('  world')\nsys.stdout.flush()").printed == "hello, world"
    assert capsys.readouterr() == ("", "hello,\n  world\n")


@pytest.mark.parametrize(
    "source",
    [
        "import os; os.system('echo hello')",
        "import os; os.write(1, b'hello')",
        "import sys; sys.__stdout__.write('hello')",
        "import sys; sys.stdout.buffer.write(b''); print('hello'); sys.stdout.close()",
    ],
)
def test_redirects_output_that_bypasses_sys_stdout(site, capfd, source):
    assert report(site, source).printed == "hello"
    print("and stdout is as it was")
    out, err = capfd.readouterr()
    assert (out, err.strip()) == ("and stdout is as it was\n", "hello")


def test_imports_without_room_for_a_temporary_file(site, monkeypatch):
    def refuse() -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert report(site, "print('hello')").printed == "hello"


def test_shortens_long_output(site):
    half = "x" * (LONGEST // 2)
    assert report(site, "print('x' * 10_000)").printed == f"{half} ... {half}"


def test_reports_on_a_failed_import(site):
    site.install("acme", {"acme_plugin": "import os\nos.chdir('/')\nprint('hello')\n1 / 0"})
    before = Path.cwd()
    [plugin] = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    assert plugin.error == "ZeroDivisionError: division by zero"
    assert (plugin.import_report.printed, plugin.import_report.changed) == (
        "hello",
        ("the working directory (restored)",),
    )
    assert Path.cwd() == before


def test_names_heavy_packages(site, monkeypatch):
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    (site.path / "tensorflow.py").write_text("")
    assert report(site, "import tensorflow").imported == ("tensorflow",)


CHANGES = {
    "sys.stderr": ("import sys; sys.stderr = sys.__stdout__", lambda: sys.stderr),
    "the working directory": ("import os; os.chdir('/')", os.getcwd),
    "sys.path": ("import sys; sys.path.insert(0, '/nowhere')", lambda: sys.path[0]),
    "$CUDA_VISIBLE_DEVICES": (
        "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '7'",
        lambda: os.environ.get("CUDA_VISIBLE_DEVICES"),
    ),
    "$OMP_NUM_THREADS": ("import os; del os.environ['OMP_NUM_THREADS']", lambda: os.environ.get("OMP_NUM_THREADS")),
    "the warning filters": ("import warnings; warnings.simplefilter('ignore')", lambda: list(warnings.filters)),
    "the handler of SIGINT": (
        "import signal; signal.signal(signal.SIGINT, lambda *_: None)",
        lambda: signal.getsignal(signal.SIGINT),
    ),
    "the root logger's level": ("import logging; logging.root.setLevel(1)", lambda: logging.root.level),
    "the root logger's handlers": (
        "import logging; logging.root.addHandler(logging.NullHandler())",
        lambda: list(logging.root.handlers),
    ),
    "torch's default dtype": ("import torch; torch.set_default_dtype(torch.float64)", torch.get_default_dtype),
    "torch's default device": ("import torch; torch.set_default_device('meta')", lambda: torch.zeros(1).device),
    "torch's deterministic mode": (
        "import torch; torch.use_deterministic_algorithms(True, warn_only=True)",
        torch.are_deterministic_algorithms_enabled,
    ),
    "torch's gradient mode": ("import torch; torch.set_grad_enabled(False)", torch.is_grad_enabled),
    "torch's float32 matmul precision": (
        "import torch; torch.set_float32_matmul_precision('medium')",
        torch.get_float32_matmul_precision,
    ),
    "cudnn.benchmark": (
        "import torch; torch.backends.cudnn.benchmark = True",
        lambda: torch.backends.cudnn.benchmark,
    ),
    "torch's anomaly detection": (
        "import torch; torch.autograd.set_detect_anomaly(True)",
        torch.is_anomaly_enabled,
    ),
    "torch's autocast": (
        "import torch; torch.set_autocast_enabled('cpu', True)",
        lambda: torch.is_autocast_enabled("cpu"),
    ),
    "cudnn.allow_tf32": (
        "import torch; torch.backends.cudnn.allow_tf32 = not torch.backends.cudnn.allow_tf32",
        lambda: torch.backends.cudnn.allow_tf32,
    ),
    "cudnn.deterministic": (
        "import torch; torch.backends.cudnn.deterministic = True",
        lambda: torch.backends.cudnn.deterministic,
    ),
    "cudnn.enabled": ("import torch; torch.backends.cudnn.enabled = False", lambda: torch.backends.cudnn.enabled),
    "numpy's error handling": ("import numpy; numpy.seterr(all='raise')", numpy.geterr),
    "torch's number of threads": (
        "import torch; torch.set_num_threads(torch.get_num_threads() + 1)",
        torch.get_num_threads,
    ),
}


def test_every_setting_is_tested():
    assert set(process_state.SETTINGS) <= set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_names_and_restores_changed_state(site, monkeypatch, name):
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    source, value = CHANGES[name]
    before = value()
    assert f"{name} (restored)" in report(site, source).changed
    assert value() == before


@pytest.mark.parametrize(
    "source",
    [
        "import sys; sys.path.append('/nowhere')",
        "import os; os.environ['ACME_MODE'] = 'fast'",
        "import warnings; warnings.filterwarnings('ignore', message='acme')",
        "import random; random.seed(0)",
        "import torch; torch.manual_seed(0)",
    ],
)
def test_ignores_changes_that_affect_nobody_else(site, source, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("ACME_MODE", "slow")
    with warnings.catch_warnings():
        assert report(site, source).changed == ()


def test_a_working_directory_that_was_removed_before_is_no_change(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with watched_import() as report:
        pass
    assert report.changed == ()


def test_warns_of_a_component_that_changes_torch(site):
    source = "import torch\ntorch.set_default_dtype(torch.float64)\ndef function(): pass"
    site.install("acme", {"acme_loss": source}, '"loss", "mine", "acme_loss:function", "A loss."')
    entry = Registry().get("loss", "acme/mine")
    with pytest.warns(GanforgeWarning) as caught:
        entry.load()
    text = "importing the loss 'acme/mine' of ganforge-acme 1.0 changed torch's default dtype (restored)"
    assert [str(one.message) for one in caught] == [text]
    assert torch.get_default_dtype() == torch.float32
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry.load().__name__ == "function"  # once is enough
