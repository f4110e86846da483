"""The description of the machine is plain JSON, and fingerprints differ in the facts that determine a run's bits."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from ganforge.runs import strict_json
from ganforge.runs.environment import cpu_model, describe, differences, fingerprint

CPU = torch.device("cpu")


def fingerprint_on_cpu():
    return fingerprint(CPU, precision="fp32", memory_format="contiguous", deterministic=True)


def test_description_is_json_and_names_versions(tmp_path):
    described = describe(tmp_path)
    assert strict_json.loads(strict_json.dumps(described).encode()) == described
    assert described["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert described["packages"]["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    assert described["cpu"] == cpu_model()
    assert described["cpu"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commit_of_the_recipe_folder(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert describe(tmp_path / "missing")["commit"] is None
    git("init")
    assert describe(tmp_path)["commit"] is None
    git("commit", "--allow-empty", "-m", "first")
    (tmp_path / "recipes").mkdir()
    assert describe(tmp_path / "recipes")["commit"] == git("rev-parse", "HEAD")


def test_equal_fingerprints_have_no_differences():
    assert fingerprint_on_cpu() == fingerprint_on_cpu()
    assert differences(fingerprint_on_cpu(), fingerprint_on_cpu()) == []


def test_fingerprint_survives_json():
    found = fingerprint_on_cpu()
    assert differences(strict_json.loads(strict_json.dumps(found).encode()), found) == []


def test_threads_count_on_the_cpu():
    before = torch.get_num_threads()
    one = fingerprint_on_cpu()
    try:
        torch.set_num_threads(before + 1)
        assert differences(one, fingerprint_on_cpu()) == [f"threads: {before} -> {before + 1}"]
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"precision": "bf16"}, "precision: fp32 -> bf16"),
        ({"memory_format": "channels-last"}, "memory format: contiguous -> channels-last"),
        ({"deterministic": False}, "deterministic: True -> False"),
    ],
)
def test_choices_count(change, line):
    choices = {"precision": "fp32", "memory_format": "contiguous", "deterministic": True}
    assert differences(fingerprint_on_cpu(), fingerprint(CPU, **{**choices, **change})) == [line]


def test_facts_known_on_one_side_only_are_differences():
    assert differences({"a": 1, "b": 2}, {"b": 2, "c": None}) == ["a: 1 -> unknown", "c: unknown -> None"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_fingerprint_on_cuda_names_the_device():
    found = fingerprint(torch.device("cuda"), precision="fp32", memory_format="contiguous", deterministic=True)
    assert found["device name"] == torch.cuda.get_device_name()
    assert "threads" not in found


def test_only_checkpoints_need_torch():
    code = "import pathlib, sys; "
    code += "from ganforge import atomic; "
    code += "from ganforge.runs import directory, environment, journal, lock, manifest, strict_json; "
    code += "environment.describe(pathlib.Path()); sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
