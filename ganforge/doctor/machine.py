"""The interpreter, the machine, its folders, and the environment variables that matter."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import ganforge
from ganforge.doctor import Finding
from ganforge.imports.process_state import VARIABLES
from ganforge.imports.watched_import import watched_import
from ganforge.options.marks import FACTS
from ganforge.plugins.registry import Registry
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import ChosenComponent
from ganforge.report.numbers import gibibytes
from ganforge.runs.directory import list_runs
from ganforge.runs.environment import cpu_model

PACKAGES = ("numpy", "pillow", "matplotlib", "safetensors", "pydantic", "pluggy", "typer", "rich", "tomlkit")
OTHERS = ("LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV", "CONDA_PREFIX", "XDG_CACHE_HOME", "COLUMNS", "TERM", "LANG")
SECRET = re.compile("token|secret|password|key", re.IGNORECASE)
LITTLE = 2**30
"""Bytes of free space below which there is a warning."""


def software() -> Iterator[Finding]:
    """Yield ganforge, the interpreter, and the packages that ganforge needs."""
    yield Finding("ganforge", "ok", f"{ganforge.__version__}, in {Path(ganforge.__file__).parent}")
    yield Finding("python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Finding("platform", "ok", platform.platform())
    versions = {name: installed_version(name) for name in PACKAGES}
    missing = ", ".join(name for name, version in versions.items() if version is None)
    said = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if missing:
        text, fix = f"{missing} not installed; {said}", f"reinstall ganforge, which needs {missing}"
        yield Finding("packages", "error", text, fix, versions)
    else:
        yield Finding("packages", "ok", said, facts=versions)


def installed_version(package: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return metadata.version(package)
    except Exception:  # missing, or with unreadable metadata
        return None


def environment() -> Iterator[Finding]:
    """Yield the environment variables that change what ganforge or torch does, without secrets."""
    for name, value in sorted(os.environ.items()):
        if name.startswith(VARIABLES) or name in OTHERS:
            yield Finding(name, "ok", "(set)" if SECRET.search(name) else value)


def hardware() -> Iterator[Finding]:
    """Yield processors and memory, with the limits of this process."""
    cores, usable = os.cpu_count() or 1, usable_cores()
    limit = f", of which this process may use {usable:g}" if usable < cores else ""
    facts = {"cores": cores, "usable_cores": usable}
    yield Finding("processor", "ok", f"{cpu_model()}, {cores} cores{limit}", facts=facts)
    memory = _memory()
    said = ", ".join(f"{gibibytes(size)} {name}" for name, size in memory.items())
    yield Finding("memory", "ok", said or "unknown", facts=memory)


def usable_cores() -> float:
    """Return the number of cores this process may use, from its affinity and its container's quota."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    return min(float(bound), int(quota) / int(period)) if quota.isdigit() and period.isdigit() else float(bound)


def _memory() -> dict[str, int]:
    """Return the sizes that are known, in bytes."""
    found = {}
    with suppress(AttributeError, ValueError, OSError):  # unknown on this system
        found["in all"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if available := re.search(r"MemAvailable:\s*(\d+) kB", _read("/proc/meminfo")):
        found["available"] = int(available[1]) * 1024
    limits = [_read(path) for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    limit = next((int(text) for text in limits if text.isdigit()), 0)
    if 0 < limit < found.get("in all", 0):
        found["allowed to this container"] = limit
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


# -- folders -----------------------------------------------------------------------------------------------------------


def folders(registry: Registry, data: Path, runs: Path, cache: Path) -> Iterator[Finding]:
    """Yield what each folder holds, and whether it can be written to."""
    path = data.absolute()
    text = f"{path}, {_room(path)}" if path.is_dir() else f"{path} is not there"
    yield Finding("data", "ok", text, facts={"path": str(path), "exists": path.is_dir()})
    files = dict(sorted(_data_sets(registry, path)))
    there = ", ".join(name for name, (present, total) in files.items() if present == total)
    partial = ", ".join(f"{name} ({n} of {total} files)" for name, (n, total) in files.items() if n < total)
    facts = {name: {"files": total, "present": present} for name, (present, total) in files.items()}
    text = f"found {there or 'none'}{f'; not there: {partial}' if partial else ''}"
    yield Finding("data sets", "ok", text, facts=facts)
    yield _output_folder("runs", runs.absolute(), f"{len(list_runs(runs))} runs")
    entries, size = len(list(cache.glob("*/meta.json"))), _size(cache) / 2**20
    yield _output_folder("cache", cache.absolute(), f"{entries} data sets decoded, {size:,.0f} MiB")


def _data_sets(registry: Registry, root: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each data set with the number of its files present, and of all its files, with default options."""
    for entry in registry.entries("dataset"):
        try:
            with watched_import():
                if any(option.required and option.name not in FACTS for option in entry.schema.options):
                    continue
                chosen, document = ChosenComponent(entry, {}, ()), Document(Path("doctor"), {})
                files = [file.path for file in build_component(chosen, {"data_root": root}, document).files()]
        except KeyboardInterrupt:
            raise
        except BaseException:  # a recipe that uses it reports the error
            continue
        if files:
            yield entry.name, (sum(file.is_file() for file in files), len(files))


def _output_folder(name: str, path: Path, content: str) -> Finding:
    """Examine a folder that ganforge writes to."""
    free = _free(path)
    facts = {"path": str(path), "exists": path.is_dir(), "writable": False, "free": free}
    fix = f"make it writable, or choose another folder with --{name}"
    if path.exists() and not path.is_dir():
        return Finding(name, "error", f"{path} is no folder", fix, facts)
    try:
        # Permissions do not show full or read-only file systems: only writing does.
        with tempfile.TemporaryFile(dir=_nearest(path)) as file:
            file.write(b"ganforge")
    except OSError as error:
        return Finding(name, "error", f"{path} cannot be written: {error.strerror}", fix, facts)
    facts["writable"] = True
    text = f"{path}, {content if path.is_dir() else 'to be made'}"
    if free is not None and free < LITTLE:
        return Finding(name, "warning", f"{text}; only {_room(path)}", f"make room, or choose another --{name}", facts)
    return Finding(name, "ok", f"{text}, {_room(path)}", facts=facts)


def _nearest(path: Path) -> Path:
    """Return the folder itself, or else its nearest parent that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _free(path: Path) -> int | None:
    """Return the free bytes of the file system, or None if they are unknown."""
    try:
        return shutil.disk_usage(_nearest(path)).free
    except OSError:
        return None


def _room(path: Path) -> str:
    free = _free(path)
    return "room unknown" if free is None else f"{gibibytes(free)} free"


def _size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # removed meanwhile
            total += file.lstat().st_size if file.is_file() else 0
    return total
