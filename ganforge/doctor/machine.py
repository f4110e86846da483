"""The interpreter and the machine: versions, processors, memory, and the environment variables that count."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import ganforge
from ganforge.doctor.finding import Finding
from ganforge.imports.process_state import VARIABLES
from ganforge.report.numbers import gibibytes
from ganforge.runs.environment import cpu_model

PACKAGES = ("numpy", "pillow", "matplotlib", "safetensors", "pydantic", "pluggy", "typer", "rich", "tomlkit")
OTHERS = ("LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV", "CONDA_PREFIX", "XDG_CACHE_HOME", "COLUMNS", "TERM", "LANG")
SECRET = re.compile("token|secret|password|key", re.IGNORECASE)


def software() -> Iterator[Finding]:
    """ganforge, the interpreter, and the packages that ganforge stands on."""
    yield Finding("ganforge", "ok", f"{ganforge.__version__}, in {Path(ganforge.__file__).parent}")
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Finding("platform", "ok", platform.platform())
    versions = {name: installed_version(name) for name in PACKAGES}
    missing = [name for name, version in versions.items() if version is None]
    said = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if missing:
        fix = f"reinstall ganforge, which needs {', '.join(missing)}"
        yield Finding("packages", "error", f"{', '.join(missing)} not installed; {said}", fix, versions)
    else:
        yield Finding("packages", "ok", said, facts=versions)


def hardware() -> Iterator[Finding]:
    """Processors and memory, as far as this process may use them."""
    there, usable = os.cpu_count() or 1, usable_cores()
    limit = f", of which this process may use {usable:g}" if usable < there else ""
    facts = {"cores": there, "usable_cores": usable}
    yield Finding("processor", "ok", f"{cpu_model()}, {there} cores{limit}", facts=facts)
    memory = {name: size for name, size in _memory().items() if size is not None}
    said = ", ".join(f"{gibibytes(size)} {name}" for name, size in memory.items())
    yield Finding("memory", "ok", said or "unknown", facts=memory)


def variables() -> Iterator[Finding]:
    """The environment variables that change what ganforge or torch does."""
    for name, value in sorted(os.environ.items()):
        if name.startswith(VARIABLES) or name in OTHERS:
            yield Finding(name, "ok", "(set)" if SECRET.search(name) else value)


def installed_version(package: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return metadata.version(package)
    except Exception:  # missing, or with metadata that cannot be read
        return None


def usable_cores() -> float:
    """Processors that this process may use: those that it is bound to, as far as a container's quota goes."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    return min(float(bound), int(quota) / int(period)) if quota.isdigit() and period.isdigit() else float(bound)


def _memory() -> dict[str, int | None]:
    """Bytes, by what they are."""
    lines = dict(line.split(":", 1) for line in _read("/proc/meminfo").splitlines() if ":" in line)
    sizes = {name: int(text.split()[0]) * 1024 for name, text in lines.items() if text.split()[:1] != []}
    limits = [_read(path) for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    limit = next((int(text) for text in limits if text.isdigit()), None)
    total = sizes.get("MemTotal") or _pages()
    return {
        "in all": total,
        "available": sizes.get("MemAvailable"),
        "allowed to this container": limit if limit and total and limit < total else None,
    }


def _pages() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
