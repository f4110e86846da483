"""What importing a plugin or a component does besides importing: noted, kept from harm, put back."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from pathlib import Path

import pytest
import torch

from ganforge.errors import GanforgeWarning
from ganforge.imports.watched_import import LONGEST, ImportReport, watched
from ganforge.plugins.loader import load_plugins
from ganforge.plugins.registry import Registry


def conduct(site, source: str) -> ImportReport:
    site.install("acme", {"acme_plugin": source})
    [plugin] = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    return plugin.conduct


def test_a_quiet_import_leaves_nothing_to_say(site):
    found = conduct(site, "import json")
    assert (found.printed, found.imported, found.changed) == ("", (), ())
    assert found.seconds > 0


def test_how_long_an_import_takes_is_noted(site):
    assert conduct(site, "import time\ntime.sleep(0.05)").seconds >= 0.05


def test_what_is_printed_is_kept_in_a_line_and_goes_to_stderr(site, capsys):
    assert conduct(site, "import sys\nprint('hello,')\nprint('  world')\nsys.stdout.flush()").printed == "hello, world"
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
def test_what_is_printed_past_pythons_streams_goes_to_stderr_as_well(site, capfd, source):
    assert conduct(site, source).printed == "hello"
    print("and stdout is as it was")
    out, err = capfd.readouterr()
    assert (out, err.strip()) == ("and stdout is as it was\n", "hello")


def test_where_nothing_can_be_written_imports_go_on(site, monkeypatch):
    def refuse() -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert conduct(site, "print('hello')").printed == "hello"


def test_of_much_that_is_printed_the_beginning_is_kept(site):
    assert conduct(site, "print('x' * 10_000)").printed == "x" * LONGEST + "..."


def test_a_failure_is_watched_as_well(site):
    site.install("acme", {"acme_plugin": "import os\nos.chdir('/')\nprint('hello')\n1 / 0"})
    before = Path.cwd()
    [plugin] = [plugin for plugin in load_plugins()[1] if plugin.name == "acme"]
    assert plugin.error == "ZeroDivisionError: division by zero"
    assert (plugin.conduct.printed, plugin.conduct.changed) == ("hello", ("the working directory (put back)",))
    assert Path.cwd() == before


def test_packages_that_take_their_time_are_named(site, monkeypatch):
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    (site.path / "tensorflow.py").write_text("")
    assert conduct(site, "import tensorflow").imported == ("tensorflow",)


CHANGES = {
    "sys.stderr": ("import sys; sys.stderr = sys.__stdout__", lambda: sys.stderr),
    "the working directory": ("import os; os.chdir('/')", os.getcwd),
    "sys.path": ("import sys; sys.path.insert(0, '/nowhere')", lambda: sys.path[0]),
    "$CUDA_VISIBLE_DEVICES": (
        "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '7'",
        lambda: os.environ.get("CUDA_VISIBLE_DEVICES"),
    ),
    "$OMP_NUM_THREADS": ("import os; del os.environ['OMP_NUM_THREADS']", lambda: os.environ.get("OMP_NUM_THREADS")),
    "what is done to warnings": ("import warnings; warnings.simplefilter('ignore')", lambda: list(warnings.filters)),
    "the handler of SIGINT": (
        "import signal; signal.signal(signal.SIGINT, lambda *_: None)",
        lambda: signal.getsignal(signal.SIGINT),
    ),
    "the root logger's level": ("import logging; logging.root.setLevel(1)", lambda: logging.root.level),
    "the root logger's handlers": (
        "import logging; logging.root.addHandler(logging.NullHandler())",
        lambda: list(logging.root.handlers),
    ),
    "torch's default type": ("import torch; torch.set_default_dtype(torch.float64)", torch.get_default_dtype),
    "torch's default device": ("import torch; torch.set_default_device('meta')", lambda: torch.zeros(1).device),
    "torch's deterministic mode": (
        "import torch; torch.use_deterministic_algorithms(True, warn_only=True)",
        torch.are_deterministic_algorithms_enabled,
    ),
    "torch's recording of gradients": ("import torch; torch.set_grad_enabled(False)", torch.is_grad_enabled),
    "torch's precision of float32 products": (
        "import torch; torch.set_float32_matmul_precision('medium')",
        torch.get_float32_matmul_precision,
    ),
    "cuDNN's benchmark mode": (
        "import torch; torch.backends.cudnn.benchmark = True",
        lambda: torch.backends.cudnn.benchmark,
    ),
    "torch's number of threads": (
        "import torch; torch.set_num_threads(torch.get_num_threads() + 1)",
        torch.get_num_threads,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_the_core_relies_on_is_named_and_put_back(site, monkeypatch, name):
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    source, value = CHANGES[name]
    before = value()
    assert f"{name} (put back)" in conduct(site, source).changed
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
def test_what_concerns_nobody_else_is_let_be(site, source, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("ACME_MODE", "slow")
    with warnings.catch_warnings():
        assert conduct(site, source).changed == ()


@pytest.mark.parametrize(
    "replacement",
    [
        "lambda x: x",
        "functools.wraps(functional.relu)(lambda x: x)",
        "functools.partial(functional.relu)",
        "functional.silu",
    ],
)
def test_a_replaced_function_of_torch_is_named_and_left(site, monkeypatch, replacement):
    from torch.nn import functional

    monkeypatch.setattr(functional, "relu", functional.relu)
    source = f"import functools\nfrom torch.nn import functional\nfunctional.relu = {replacement}"
    assert conduct(site, source).changed == ("torch.nn.functional.relu",)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("torch", "stack"),
        ("torch.Tensor", "backward"),
        ("torch.nn.functional", "leaky_relu"),
        ("torch.nn.init", "normal_"),
        ("torch.nn.Conv2d", "forward"),
        ("torch.optim.Adam", "step"),
    ],
)
def test_functions_and_methods_that_others_wrote_are_named(site, monkeypatch, owner, name):
    target = eval(owner, {"torch": torch})
    monkeypatch.setattr(target, name, getattr(target, name))
    assert conduct(site, f"import torch\n{owner}.{name} = lambda *_: None").changed == (f"{owner}.{name}",)


def test_torch_as_it_comes_has_no_replaced_functions():
    from ganforge.imports.torch_state import FUNCTIONS, replaced

    assert FUNCTIONS
    assert replaced() == {}


def test_what_has_vanished_before_is_no_change(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with watched() as watch:
        pass
    assert watch.conduct.changed == ()


def test_a_component_that_changes_torch_is_a_warning_that_names_it(site):
    source = "import torch\ntorch.set_default_dtype(torch.float64)\ndef function(): pass"
    site.install("acme", {"acme_loss": source}, '"loss", "mine", "acme_loss:function", "A loss."')
    entry = Registry().get("loss", "acme/mine")
    with pytest.warns(GanforgeWarning) as caught:
        entry.load()
    text = "importing the loss 'acme/mine' of ganforge-acme 1.0 changed torch's default type (put back)"
    assert [str(one.message) for one in caught] == [text]
    assert torch.get_default_dtype() == torch.float32
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry.load().__name__ == "function"  # once is enough
