"""The kit as tests for pytest: items, options, data, and failures that are expected."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.errors import PluginError, UsageError
from ganforge.testing import check_plugin, conformance
from ganforge.testing.checks import checks_of

# Schedulers are the quickest kind to look at.
SOURCE = '''
import numpy as np
from ganforge.data.images import DataFile, Images
from pathlib import Path

def half(step, steps, *, final: float = 0.5):
    """Half of it.

    Args:
        final: the factor.
    """
    return final

def tensor(step, steps):
    """A scheduler that gives no number."""
    return "much"

class Stored:
    """A file.

    Args:
        data_root: where.
    """

    classes = None

    def __init__(self, *, data_root: Path):
        self.path = data_root / "a.npy"

    def files(self):
        return [DataFile(self.path)]

    def decode(self):
        return Images(np.load(self.path))
'''
COMPONENTS = (
    '"scheduler", "half", "acme_parts:half", "Half of it."',
    '"scheduler", "tensor", "acme_parts:tensor", "A scheduler that gives no number."',
    '"metric", "half", "acme_parts:half", "Half of it."',
    '"dataset", "stored", "acme_parts:Stored", "A file."',
)


@pytest.fixture(autouse=True)
def acme(site: Any) -> None:
    """Install a plugin with a right and a wrong scheduler, a dataset that is read, and a name of two components."""
    site.install("acme", {"acme_parts": SOURCE}, *COMPONENTS)


def items(test: Callable[..., None], folders: pytest.TempPathFactory) -> dict[str, Callable[[], None]]:
    """Return the tests that pytest runs, by their ids."""
    [mark] = test.pytestmark  # type: ignore[attr-defined]
    return {
        parameters.id: lambda values=parameters.values: test(*values, tmp_path_factory=folders)
        for parameters in mark.args[1]
    }


def test_every_component_and_check_is_an_item(tmp_path_factory: pytest.TempPathFactory):
    found = items(check_plugin("acme"), tmp_path_factory)
    wanted = [
        *(f"plugin/acme-{check.name}" for check in checks_of("plugin")),
        *(f"dataset/acme/stored-{check.name}" for check in checks_of("dataset")),
        *(f"metric/acme/half-{check.name}" for check in checks_of("metric")),
        *(f"scheduler/acme/{name}-{check.name}" for name in ("half", "tensor") for check in checks_of("scheduler")),
    ]
    assert list(found) == wanted


def test_what_is_right_passes_and_what_is_wrong_says_why_and_how(tmp_path_factory: pytest.TempPathFactory):
    found = items(check_plugin("acme"), tmp_path_factory)
    found["scheduler/acme/half-numbers"]()
    with pytest.raises(pytest.fail.Exception) as failed:
        found["scheduler/acme/tensor-numbers"]()
    first, why, fix = str(failed.value).splitlines()
    assert first == "scheduler acme/tensor, numbers: step 0 of 1: the value is a str, not a number"
    assert why.startswith("  why   They are written into the journal")
    assert fix.startswith("  fix   Return `float(value)`")


def test_an_expected_failure_is_one(tmp_path_factory: pytest.TempPathFactory):
    test = conformance("acme/tensor", expected_failures={"numbers": "it says much"})
    with pytest.raises(pytest.xfail.Exception, match="it says much: step 0 of 1: the value is a str"):
        items(test, tmp_path_factory)["scheduler/acme/tensor-numbers"]()


def test_an_expected_failure_that_passes_is_an_error(tmp_path_factory: pytest.TempPathFactory):
    test = check_plugin("acme", expected_failures={"scheduler/half": {"numbers": "none"}})
    with pytest.raises(pytest.fail.Exception, match="acme/half passes 'numbers': remove it from expected_failures"):
        items(test, tmp_path_factory)["scheduler/acme/half-numbers"]()


def test_options_are_those_of_a_recipe(tmp_path_factory: pytest.TempPathFactory):
    negative = {"final": -1.0}
    one = conformance("acme/half", kind="scheduler", options=negative)
    whole = check_plugin("acme", options={"scheduler/acme/half": negative})
    for test in (one, whole):
        with pytest.raises(pytest.fail.Exception, match=r"the factor is -1\.0"):
            items(test, tmp_path_factory)["scheduler/acme/half-numbers"]()
    wrong = conformance("acme/half", kind="scheduler", options={"final": "much"})
    with pytest.raises(pytest.fail.Exception, match="must be a number"):
        items(wrong, tmp_path_factory)["scheduler/acme/half-runs"]()


def write_noise(folder: Path) -> None:
    np.save(folder / "a.npy", np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), np.uint8))


def test_datasets_read_files_that_the_tests_write(tmp_path_factory: pytest.TempPathFactory):
    filled = []

    def write(folder: Path) -> None:
        filled.append(list(folder.iterdir()))
        write_noise(folder)

    found = items(check_plugin("acme", data=write), tmp_path_factory)
    for name in ("runs", "images", "labels"):
        found[f"dataset/acme/stored-{name}"]()
    assert filled == [[]], "once, into an empty folder"


@pytest.mark.parametrize("named", ["argument", "environment"])
def test_datasets_read_a_folder_of_data(tmp_path_factory, tmp_path, monkeypatch: pytest.MonkeyPatch, named: str):
    write_noise(tmp_path)
    monkeypatch.delenv("GANFORGE_DATA", raising=False)
    if named == "environment":
        monkeypatch.setenv("GANFORGE_DATA", str(tmp_path))
    test = conformance("acme/stored", data=tmp_path if named == "argument" else None)
    items(test, tmp_path_factory)["dataset/acme/stored-images"]()


def test_without_its_files_a_dataset_is_skipped(tmp_path_factory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GANFORGE_DATA", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"a\.npy is missing: name a folder of data"):
        items(conformance("acme/stored"), tmp_path_factory)["dataset/acme/stored-images"]()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_plugin("acne"), "there is no plugin 'acne'\n  fix: did you mean 'acme'"),
        (lambda: check_plugin("acme", options={"hlaf": {}}), "no component 'hlaf'\n  fix: did you mean 'half'"),
        (lambda: check_plugin("acme", options={"half": {}}), "several components of the plugin\n  fix: write 'metric/"),
        (
            lambda: check_plugin("acme", expected_failures={"tensor": {"number": ""}}),
            "there is no check 'number' here\n  fix: did you mean 'numbers'",
        ),
        (
            lambda: conformance("acme/tensor", expected_failures={"gradient": ""}),
            "there is no check 'gradient' here\n  fix: there are: summary, options",
        ),
        (lambda: conformance("acme/half"), "several components: .*\n  fix: add kind="),
        (lambda: conformance("acme/hlaf"), "there is no component 'acme/hlaf'\n  fix: did you mean 'acme/half'"),
    ],
)
def test_a_slip_of_the_pen_is_an_error_at_once(call: Callable[[], object], message: str):
    with pytest.raises(UsageError, match=f"(?s){message}"):
        call()


@pytest.mark.parametrize("call", [lambda: check_plugin("broken"), lambda: conformance("broken/thing")])
def test_a_plugin_that_cannot_be_loaded_is_named(site: Any, call: Callable[[], object]):
    site.install("broken", {"broken_plugin": "1 / 0"})
    with pytest.raises(PluginError, match=r"'broken' of ganforge-broken 1\.0 cannot be loaded: ZeroDivisionError"):
        call()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=os.environ | environment, check=False
    )


def test_importing_the_kit_imports_neither_torch_nor_pytest():
    script = "import ganforge.testing, sys; print([n for n in ('torch', 'numpy', 'pytest') if n in sys.modules])"
    result = run("-c", script)
    assert result.stdout == "[]\n", result.stderr


def test_pytest_collects_and_reports_the_items(site: Any, tmp_path: Path):
    (tmp_path / "test_acme.py").write_text(
        "from ganforge.testing import check_plugin, conformance\n"
        "test_acme = check_plugin('acme', expected_failures={'tensor': {'numbers': 'it says much'}})\n"
        "test_half = conformance('acme/half', kind='scheduler')\n"
    )
    arguments = ("-q", "-p", "no:cacheprovider", "-k", "numbers and scheduler", "-rx", str(tmp_path))
    result = run("-m", "pytest", *arguments, PYTHONPATH=str(site.path))
    assert "2 passed, " in result.stdout, result.stdout + result.stderr
    assert "1 xfailed" in result.stdout
    assert "test_acme[scheduler/acme/tensor-numbers] - it says much" in result.stdout
