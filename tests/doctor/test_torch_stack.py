"""torch examined from outside: one that is broken in any way is a finding, and so is what does not go with it."""

from __future__ import annotations

import textwrap

import pytest

from ganforge.doctor import Finding, torch_stack

WORKING = """
from types import SimpleNamespace as Of
__version__ = "9.9.0+cu999"
print("torch says hello")
version = Of(cuda={cuda!r}, hip=None)
backends = Of(cpu=Of(get_cpu_capability=lambda: "AVX9"), cudnn=Of(version=lambda: 99000))
cpu = Of(get_capabilities=lambda: {{"avx512_bf16": True}})
ops = Of(mkldnn=Of(_is_mkldnn_bf16_supported=lambda: True))
def get_num_threads(): return {threads}
def init(): raise RuntimeError("the driver is too old\\nsee elsewhere")
cuda = Of(
    is_available=lambda: {available}, device_count=lambda: 2, init=init, mem_get_info=lambda index: (2**30, 2**31),
    get_device_properties=lambda index: Of(name=f"Card {{index}}", major=9 - 4 * index, minor=0),
)
"""


@pytest.fixture
def examined(tmp_path, monkeypatch):
    """Return the findings with a made-up torch, by name."""
    monkeypatch.setattr(torch_stack, "installed_version", lambda name: "9.9.0" if name == "torch" else None)
    monkeypatch.setattr(torch_stack, "usable_cores", lambda: 4.0)
    monkeypatch.setenv("PATH", str(tmp_path))

    def examine(source: str) -> dict[str, Finding]:
        (tmp_path / "torch.py").write_text(textwrap.dedent(source))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return {finding.name: finding for finding in torch_stack.torch_stack()}

    return examine


def working(cuda: str | None = "99.9", available: bool = True, threads: int = 4) -> str:
    return WORKING.format(cuda=cuda, available=available, threads=threads)


def driver(tmp_path) -> None:
    """Install a made-up driver's program."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Card 0, 2048 MiB, 600.1'\n")
    program.chmod(0o755)


def test_what_works_is_described(examined):
    found = examined(working())
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["torch"].text.startswith("9.9.0+cu999, imported in ")
    assert found["torch"].facts["gpus"][0]["memory"] == 2**31
    assert found["CPU"].text == "4 threads, AVX9, multiplies bf16"
    assert found["CUDA"].text == "torch is built for CUDA 99.9, cuDNN 99000"
    assert found["GPU 0"].text == "Card 0, 1.0 GiB of 2.0 GiB free, compute capability 9.0, multiplies bf16"
    assert found["GPU 1"].text.endswith("compute capability 5.0, no bf16")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "raise ImportError('libcudart.so.99: not found')",
            "cannot be imported: ImportError: libcudart.so.99: not found",
        ),
        ("raise SystemExit(3)", "cannot be imported: its import ends with exit code 3"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "cannot be imported: its import is killed by SIGSEGV",
        ),
        ("import time; time.sleep(60)", "cannot be imported: its import had not ended after 2 s"),
        ("", "cannot be imported: AttributeError: module 'torch' has no attribute 'cuda'"),
    ],
)
def test_a_torch_that_is_broken_is_an_error_with_the_reason(examined, monkeypatch, source, text):
    monkeypatch.setattr(torch_stack, "PATIENCE", 2.0)
    found = examined(source)
    assert found["torch"].state == "error"
    assert found["torch"].text == f"9.9.0 {text}"
    assert "reinstall torch" in (found["torch"].fix or "")
    assert found["GPU"].text == "the driver sees none"


def test_no_torch_at_all_is_an_error(monkeypatch):
    monkeypatch.setattr(torch_stack, "installed_version", lambda name: None)
    [finding] = torch_stack.torch_stack()
    assert (finding.name, finding.state, finding.fix) == ("torch", "error", "pip install torch")


def test_more_threads_than_cores_are_a_warning(examined):
    finding = examined(working(threads=5))["CPU"]
    assert (finding.state, finding.fix) == ("warning", "--threads 4, or OMP_NUM_THREADS=4")


def test_without_a_gpu_there_is_nothing_to_say(examined):
    found = examined(working(available=False))
    assert (found["CUDA"].state, found["CUDA"].text) == ("ok", "no GPU; torch is built for CUDA 99.9, cuDNN 99000")


def test_a_gpu_that_torch_cannot_use_is_a_warning_with_the_reason(examined, tmp_path):
    driver(tmp_path)
    found = examined(working(available=False))["CUDA"]
    assert found.state == "warning"
    assert "finds no GPU, and there is one (Card 0, 2048 MiB, 600.1): the driver is too old" in found.text
    found = examined(working(cuda=None, available=False))["CUDA"]
    assert found.state == "warning"
    assert found.text == "torch is built without CUDA, and there is a GPU: Card 0, 2048 MiB, 600.1"


def test_the_driver_is_asked_where_torch_is_broken(examined, tmp_path):
    driver(tmp_path)
    assert examined("1 / 0")["GPU"].text == "the driver sees Card 0, 2048 MiB, 600.1"


@pytest.mark.parametrize(
    ("torch", "vision", "requirement", "state", "text"),
    [
        ("2.15.0", "0.30.0", "torch==2.15.0", "ok", "0.30.0"),
        ("2.15.0+cpu", "0.30.0+cpu", "torch (==2.15.0)", "ok", "0.30.0+cpu"),
        ("2.15.0", "0.30.0", "torch", "ok", "0.30.0"),
        ("2.15.0", "0.29.0", "torch==2.14.1", "error", "0.29.0 is built for torch 2.14.1, and torch is 2.15.0"),
        ("2.15.0+cpu", "0.30.0", "torch==2.15.0", "error", "0.30.0 and torch 2.15.0+cpu are different builds"),
    ],
)
def test_torchvision_must_be_built_for_this_torch(site, monkeypatch, torch, vision, requirement, state, text):
    site.metadata("torchvision", "", vision)
    [folder] = site.path.glob("torchvision-*.dist-info")
    with (folder / "METADATA").open("a") as file:
        file.write(f"Requires-Dist: numpy\nRequires-Dist: {requirement}\n")
    versions = {"torch": torch, "torchvision": vision}
    monkeypatch.setattr(torch_stack, "installed_version", versions.get)
    monkeypatch.setattr(torch_stack, "_probe", lambda: (None, "not asked"))
    found = next(finding for finding in torch_stack.torch_stack() if finding.name == "torchvision")
    assert found.state == state
    assert found.text.startswith(text)
