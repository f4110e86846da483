"""Start and end of the command line: look-ups import nothing heavy, and a lost reader is no error."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pytest

from ganforge.cli.panel import terminal_listener
from ganforge.plugins.registry import Registry
from small_run import CLASSIFIER, STREET, variant

HEAVY = ("torch", "torchvision", "matplotlib", "scipy", "numpy", "PIL")
COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["--version"],
    ["list"],
    ["list", "loss"],
    ["list", "dtn/*"],
    ["list", "--json"],
    ["list", "nothing"],
    ["show", "--static", "dtn/dtn"],
    ["show", "quickstart"],
    ["recipes"],
    ["copy", "no-such-recipe"],
]
SCRIPT = f"""
import contextlib, io, sys
from ganforge.cli import main
for arguments in {COMMANDS!r}:
    sys.argv = ["ganforge", *arguments]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main()
    except SystemExit:
        pass
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    assert not heavy, (arguments, heavy)
print("done")
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=os.environ | environment, check=False
    )


def test_looking_things_up_imports_nothing_heavy():
    result = run("-c", SCRIPT)
    assert result.stdout == "done\n", result.stderr


def test_importing_the_package_imports_nothing_heavy():
    result = run("-c", f"import ganforge, sys; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert result.stdout == "[]\n", result.stderr


def test_the_package_can_be_run_as_a_module():
    result = run("-m", "ganforge", "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("ganforge ")


def test_a_plugin_that_prints_and_one_that_breaks_leave_the_list_for_programs_intact(site):
    site.install("acme", {"acme_plugin": "print('hello')"})
    site.install("broken", {"broken_plugin": "raise SystemExit(7)"})
    result = run("-m", "ganforge", "list", "--json", PYTHONPATH=str(site.path))
    assert result.returncode == 0
    found = json.loads(result.stdout)
    assert "dtn/identity" in [component["name"] for component in found["components"]]
    assert [(one["plugin"], one["error"]) for one in found["broken"]] == [("broken", "SystemExit: 7")]
    assert result.stderr == "hello\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error(unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ganforge", "list"]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.promise("A closed output costs nothing: the work is done and ends well.", about="lost")
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(tmp_path, closed):
    """No file that is written takes the number of a closed stream, and the text meant for it."""
    out = tmp_path / "schema.json"
    command = f'"{sys.executable}" -m ganforge schema --cache "{tmp_path}" -o "{out}" {closed}'
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(out.read_text())


def test_a_run_goes_on_when_its_reader_has_gone(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    with terminal_listener(Registry()) as listener:
        listener.stage("train", "quickstart")
        listener.note("going on")


@pytest.mark.promise("A user without a home and a name works with the folders that are given.", about="lost")
@pytest.mark.skipif(os.name == "nt", reason="homes are found otherwise there")
def test_a_user_without_a_home_gives_the_cache(ganforge, monkeypatch, tmp_path):
    def nameless(uid):
        raise KeyError(uid)

    (tmp_path / "small.toml").write_text(variant(CLASSIFIER, {"data.images": STREET, "train.steps": 1}))
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CACHE_HOME", "GANFORGE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nameless)
    refused = ganforge("run", "small.toml")
    assert refused.code == 2
    assert "there is no home folder to keep the cache in\n  fix: give --cache FOLDER" in refused.err
    assert ganforge("run", "small.toml", "--cache", tmp_path / "cache").code == 0


@pytest.mark.promise("A full disk is told without a traceback, and spoils no record that is there.", about="runs")
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_is_told_without_a_traceback():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "ganforge", "list"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, "error: No space left on device\n")


def test_a_terminal_without_unicode_gets_escapes():
    result = run("-m", "ganforge", "show", "dtn/digit-generator", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "N(0, 0.02\\xb2)" in result.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_any_verb_with_one_message(ganforge, monkeypatch, number, code):
    before = signal.getsignal(number)
    monkeypatch.setattr(Registry, "entries", lambda *_: signal.raise_signal(number))
    result = ganforge("list")
    assert result == (code, "", f"error: stopped by {number.name}\n")
    assert signal.getsignal(number) == before
