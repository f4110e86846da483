"""`ganforge doctor`: a page to paste, JSON for programs, and an exit code that says whether all is well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ganforge.doctor import torch_stack


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Without the seconds that importing torch takes, and in a folder of its own."""
    facts = {"version": "2", "seconds": 1, "threads": 1, "vector_instructions": "x", "cpu_bf16": False, "cuda": False}
    facts |= {"cuda_built": None, "hip_built": None, "gpus": [], "system": {}}
    monkeypatch.setattr(torch_stack, "_probe", lambda: (facts, ""))
    monkeypatch.setattr(torch_stack, "_nvidia_smi", list)
    monkeypatch.chdir(tmp_path)


def test_where_all_is_well_the_page_says_so(ganforge, quick):
    result = ganforge("doctor")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[-1] == "nothing is wrong"
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == [
        "software",
        "plugins",
        "torch",
        "machine",
        "folders",
        "environment",
    ]


def test_what_is_wrong_is_marked_with_what_to_do_and_counted(ganforge, quick, site):
    site.install("acme", {"acme_plugin": "1 / 0"})
    site.install("chatty", {"chatty_plugin": "print('hello')"})
    result = ganforge("doctor")
    assert result.code == 1
    lines = [line.strip() for line in result.out.splitlines()]
    line = next(line for line in lines if line.startswith("acme"))
    assert line.split(maxsplit=1)[1] == (
        "error: ganforge-acme 1.0 cannot be loaded: ZeroDivisionError: division by zero"
    )
    assert lines[lines.index(line) + 1] == "fix: reinstall ganforge-acme, or report this to its author"
    assert any(line.startswith("chatty") and "warning: ganforge-chatty 1.0" in line for line in lines)
    assert lines[-1] == "1 error and 1 warning"
    assert ganforge("--no-plugin", "acme", "doctor").code == 0


def test_a_warning_is_no_error(ganforge, quick, site):
    site.install("chatty", {"chatty_plugin": "print('hello')"})
    result = ganforge("doctor")
    assert result.code == 0
    assert result.out.endswith("\n1 warning\n")


def test_the_folders_are_those_that_the_other_verbs_take(ganforge, quick, tmp_path):
    result = ganforge("doctor", "--json", "--data", "d", "--runs", "r", "--cache", "c")
    found = {one["name"]: one for section in json.loads(result.out)["sections"] for one in section["findings"]}
    names = {"data": "d", "runs": "r", "cache": "c"}
    assert {name: Path(found[name]["facts"]["path"]).name for name in names} == names


def test_neither_home_nor_user_is_told(ganforge, quick, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "ada-lovelace")
    for arguments in (["doctor"], ["doctor", "--json"]):
        result = ganforge(*arguments, "--data", "/mnt/ada-lovelace/data")
        assert str(tmp_path) not in result.out
        assert "ada-lovelace" not in result.out
        assert "~/runs" in result.out
        assert "/mnt/USER/data" in result.out


def test_the_whole_of_it_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "ganforge", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    [section] = [section for section in found["sections"] if section["title"] == "torch"]
    facts = section["findings"][0]["facts"]
    assert facts["version"] == facts["system"]["torch_version"] == str(torch.__version__)
    assert facts["system"]["os"] in section["findings"][1]["text"]


def test_a_torch_that_cannot_be_imported_is_an_error_and_the_rest_is_told(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so.99: not found')")
    command = [sys.executable, "-m", "ganforge", "doctor", "--json"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    found = {one["name"]: one for section in json.loads(done.stdout)["sections"] for one in section["findings"]}
    assert found["torch"]["state"] == "error"
    assert "libcudart.so.99: not found" in found["torch"]["text"]
    assert [name for name, one in found.items() if one["state"] == "error"] == ["torch"]
    assert "digits/svhn" in found["data sets"]["facts"]
