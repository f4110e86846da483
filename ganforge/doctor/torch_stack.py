"""torch, the packages that are built for one version of it, CUDA, and whether they go together."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from ganforge.doctor import probe
from ganforge.doctor.finding import Finding
from ganforge.doctor.machine import installed_version, usable_cores
from ganforge.report.numbers import gibibytes

COMPANIONS = ("torchvision", "torchaudio")
PATIENCE = 180.0
"""Seconds after which torch counts as hanging."""
_PIN = re.compile(r"torch\s*\(?\s*==\s*(?P<version>[^\s;,)]+)")


def torch_stack() -> Iterator[Finding]:
    """torch in a process of its own, its companions by their metadata, GPUs as the driver sees them."""
    installed = installed_version("torch")
    if installed is None:
        yield Finding("torch", "error", "not installed", "pip install torch")
        return
    facts, problem = _probe()
    if facts is None:
        fix = "reinstall torch, and what is built for it, from one index"
        yield Finding("torch", "error", f"{installed} cannot be imported: {problem}", fix)
        yield from _companions(installed)
        yield from _driver(None)
        return
    yield Finding("torch", "ok", f"{facts['version']}, imported in {facts['seconds']} s", facts=facts)
    yield from _companions(installed)
    yield _threads(facts)
    yield from _driver(facts)
    for index, gpu in enumerate(facts["gpus"]):
        text = f"{gpu['name']}, {gibibytes(gpu['free'])} of {gibibytes(gpu['memory'])} free"
        bf16 = "multiplies bf16" if gpu["bf16"] else "no bf16"
        yield Finding(f"GPU {index}", "ok", f"{text}, compute capability {gpu['capability']}, {bf16}")


def _companions(torch: str) -> Iterator[Finding]:
    """Packages with compiled code for one version of torch: with another, importing them fails."""
    for name in COMPANIONS:
        version = installed_version(name)
        if version is None:
            yield Finding(name, "ok", "not installed; ganforge itself does without it")
            continue
        wanted = [match["version"] for text in metadata.requires(name) or [] if (match := _PIN.match(text))]
        if wanted and _release(wanted[0]) != _release(torch):
            text = f"{version} is built for torch {wanted[0]}, and torch is {torch}"
        elif _build(version) != _build(torch):
            text = f"{version} and torch {torch} are different builds: importing {name} may fail"
        else:
            yield Finding(name, "ok", version)
            continue
        yield Finding(name, "error", text, f"install torch and {name} together, from one index; or uninstall {name}")


def _probe() -> tuple[dict[str, Any] | None, str]:
    """What torch says in a process of its own, or why it says nothing."""
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


def _threads(facts: dict[str, Any]) -> Finding:
    usable = max(1, int(usable_cores()))
    bf16 = ", multiplies bf16" if facts["cpu_bf16"] else ""
    text = f"{facts['threads']} threads, {facts['vector_instructions']}{bf16}"
    if facts["threads"] > usable:
        fix = f"--threads {usable}, or OMP_NUM_THREADS={usable}"
        return Finding("CPU", "warning", f"{text}; more than the {usable} cores that may be used", fix)
    return Finding("CPU", "ok", text)


def _driver(facts: dict[str, Any] | None) -> Iterator[Finding]:
    """CUDA as torch has it, beside the GPUs that the driver sees."""
    seen = _nvidia_smi()
    if facts is None:
        yield Finding("GPU", "ok", f"the driver sees {'; '.join(seen)}" if seen else "the driver sees none")
    elif facts["cuda"]:
        yield Finding("CUDA", "ok", f"torch is built {_built(facts)}")
    elif not seen:
        yield Finding("CUDA", "ok", f"no GPU; torch is built {_built(facts)}")
    elif facts["cuda_built"] is None and facts["hip_built"] is None:
        text = f"torch is built without CUDA, and there is a GPU: {'; '.join(seen)}"
        yield Finding("CUDA", "warning", text, "install a build of torch for CUDA, unless the GPU is not wanted")
    else:
        why = f": {facts['cuda_problem']}" if facts["cuda_problem"] else ""
        text = f"torch is built for CUDA {facts['cuda_built']} and finds no GPU, and there is one ({'; '.join(seen)})"
        fix = "see CUDA_VISIBLE_DEVICES below; else the driver may be older than this torch needs"
        yield Finding("CUDA", "warning", f"{text}{why}", fix)


def _built(facts: dict[str, Any]) -> str:
    """What GPUs a build of torch is for."""
    if facts["cuda_built"]:
        return f"for CUDA {facts['cuda_built']}, cuDNN {facts['cudnn']}"
    return f"for ROCm {facts['hip_built']}" if facts["hip_built"] else "without CUDA"


def _nvidia_smi() -> list[str]:
    """Name, memory and driver of each GPU that the driver sees."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def _release(version: str) -> str:
    return version.partition("+")[0]


def _build(version: str) -> str:
    return version.partition("+")[2]
