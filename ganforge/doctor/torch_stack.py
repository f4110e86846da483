"""torch, the packages built for one version of it, CUDA, and their compatibility."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from ganforge.doctor import Finding, probe
from ganforge.doctor.machine import installed_version, usable_cores
from ganforge.report.numbers import gibibytes

COMPANIONS = ("torchvision", "torchaudio")
PATIENCE = 180.0
"""Seconds after which the import of torch counts as hanging."""
_PIN = re.compile(r"torch\s*\(?\s*==\s*(?P<version>[^\s;,)]+)")


def torch_stack() -> Iterator[Finding]:
    """Yield torch as seen in a process of its own, its companions by their metadata, and the driver's GPUs."""
    installed = installed_version("torch")
    if installed is None:
        yield Finding("torch", "error", "not installed", "pip install torch")
        return
    facts, problem = _probe()
    if facts is None:
        fix = "reinstall torch, and the packages built for it, from one index"
        yield Finding("torch", "error", f"{installed} cannot be imported: {problem}", fix)
        yield from _companions(installed)
        yield Finding("GPU", "ok", f"the driver sees {'; '.join(_nvidia_smi()) or 'none'}")
        return
    yield Finding("torch", "ok", f"{facts['version']}, imported in {facts['seconds']} s", facts=facts)
    if facts["system"]:
        yield Finding("system", "ok", ", ".join(_system(facts["system"])))
    yield from _companions(installed)
    yield _threads(facts)
    yield _cuda(facts)
    for index, gpu in enumerate(facts["gpus"]):
        text = f"{gpu['name']}, {gibibytes(gpu['free'])} of {gibibytes(gpu['memory'])} free"
        bf16 = "multiplies bf16" if gpu["bf16"] else "no bf16"
        yield Finding(f"GPU {index}", "ok", f"{text}, compute capability {gpu['capability']}, {bf16}")


def _companions(torch: str) -> Iterator[Finding]:
    """Yield the packages with compiled code for one version of torch; importing them with another fails."""
    for name in COMPANIONS:
        version = installed_version(name)
        if version is None:
            yield Finding(name, "ok", "not installed; ganforge itself does without it")
            continue
        wanted = [match["version"] for text in metadata.requires(name) or [] if (match := _PIN.match(text))]
        if wanted and wanted[0].partition("+")[0] != torch.partition("+")[0]:
            text = f"{version} is built for torch {wanted[0]}, and torch is {torch}"
        elif version.partition("+")[2] != torch.partition("+")[2]:
            text = f"{version} and torch {torch} are different builds: importing {name} may fail"
        else:
            yield Finding(name, "ok", version)
            continue
        yield Finding(name, "error", text, f"install torch and {name} together, from one index; or uninstall {name}")


def _probe() -> tuple[dict[str, Any] | None, str]:
    """Return the facts from a process that imports torch; or None, and the reason."""
    command = [sys.executable, "-P", str(Path(probe.__file__))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return None, f"its import had not ended after {PATIENCE:.0f} s"
    if done.returncode < 0:
        return None, f"its import is killed by {signal.Signals(-done.returncode).name}"
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        return None, said[-1].strip() if said else f"its import ends with exit code {done.returncode}"
    return found, ""


def _system(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the system and the compilers, as torch's `collect_env` finds them."""
    names = {"os": "", "libc_version": "", "gcc_version": "GCC", "clang_version": "Clang", "cmake_version": "CMake"}
    names |= {"cuda_runtime_version": "CUDA toolkit", "nvidia_driver_version": "NVIDIA driver"}
    for key, name in names.items():
        if facts.get(key) not in (None, "N/A"):
            yield f"{name} {facts[key]}".strip()


def _threads(facts: dict[str, Any]) -> Finding:
    usable = max(1, int(usable_cores()))
    bf16 = ", multiplies bf16" if facts["cpu_bf16"] else ""
    text = f"{facts['threads']} threads, {facts['vector_instructions']}{bf16}"
    if facts["threads"] > usable:
        fix = f"--threads {usable}, or OMP_NUM_THREADS={usable}"
        return Finding("CPU", "warning", f"{text}; more than the {usable} cores that may be used", fix)
    return Finding("CPU", "ok", text)


def _cuda(facts: dict[str, Any]) -> Finding:
    """Compare torch's CUDA with the GPUs that the driver sees."""
    seen = "; ".join(_nvidia_smi())
    built = f"for ROCm {facts['hip_built']}" if facts["hip_built"] else "without CUDA"
    if facts["cuda_built"]:
        built = f"for CUDA {facts['cuda_built']}, cuDNN {facts['cudnn']}"
    if facts["cuda"] or not seen:
        return Finding("CUDA", "ok", f"{'' if facts['cuda'] else 'no GPU; '}torch is built {built}")
    if built == "without CUDA":
        text = f", and there is a GPU: {seen}"
        fix = "install a build of torch for CUDA, unless the GPU is not wanted"
    else:
        why = f": {facts['cuda_problem']}" if facts["cuda_problem"] else ""
        text = f" and finds no GPU, and there is one ({seen}){why}"
        fix = "see CUDA_VISIBLE_DEVICES below; else the driver may be older than this torch needs"
    return Finding("CUDA", "warning", f"torch is built {built}{text}", fix)


def _nvidia_smi() -> list[str]:
    """Return name, memory and driver version of each GPU that the driver sees."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]
