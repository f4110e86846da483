"""The folders of data, runs and decoded data: what they hold, and whether there is room and leave to write."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ganforge.doctor.finding import Finding
from ganforge.imports.watched_import import watched_import
from ganforge.options.marks import FACTS
from ganforge.plugins.registry import Registry
from ganforge.recipe.build import build_component
from ganforge.recipe.document import Document
from ganforge.recipe.recipe import ChosenComponent
from ganforge.report.numbers import gibibytes
from ganforge.runs.directory import list_runs

LITTLE = 2**30
"""Bytes; less room than this is said."""


def places(registry: Registry, data: Path, runs: Path, cache: Path) -> Iterator[Finding]:
    """Each folder, there or not."""
    yield from _data(registry, data)
    yield _written("runs", runs, f"{len(list_runs(runs))} runs")
    entries = len(list(cache.glob("*/meta.json")))
    yield _written("cache", cache, f"{entries} data sets decoded, {_size(cache) / 2**20:,.0f} MiB")


def _data(registry: Registry, root: Path) -> Iterator[Finding]:
    text = f"{root.absolute()}, {_room(root)}" if root.is_dir() else f"{root.absolute()} is not there"
    yield Finding("data", "ok", text, facts={"path": str(root.absolute()), "exists": root.is_dir()})
    found = dict(_data_sets(registry, root))
    there = sorted(name for name, (present, total) in found.items() if present == total)
    rest = [
        f"{name} ({present} of {total} files)" for name, (present, total) in sorted(found.items()) if present < total
    ]
    text = f"found {', '.join(there) or 'none'}{'; not there: ' if rest else ''}{', '.join(rest)}"
    facts = {name: {"files": total, "present": present} for name, (present, total) in found.items()}
    yield Finding("data sets", "ok", text, facts=facts)


def _data_sets(registry: Registry, root: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """How many files of each data set are there, and how many there should be, with its options left as they are."""
    for entry in registry.entries("dataset"):
        try:
            with watched_import():
                if any(option.required and option.name not in FACTS for option in entry.schema.options):
                    continue
                dataset = build_component(
                    ChosenComponent(entry, {}, ()), {"data_root": root.absolute()}, Document(Path("doctor"), {})
                )
                files = [file.path for file in dataset.files()]
        except KeyboardInterrupt:
            raise
        except BaseException:  # whatever is wrong with it, a recipe that uses it will say so
            continue
        if files:
            yield entry.name, (sum(file.is_file() for file in files), len(files))


def _written(name: str, folder: Path, content: str) -> Finding:
    """A folder that ganforge writes to."""
    path = folder.absolute()
    facts = {"path": str(path), "exists": path.is_dir(), "writable": False, "free": _free(path)}
    text = f"{path}, {content}" if path.is_dir() else f"{path}, to be made"
    fix = f"make it writable, or choose another folder with --{name}"
    if path.exists() and not path.is_dir():
        return Finding(name, "error", f"{path} is no folder", fix, facts)
    try:
        # Permissions do not tell of file systems that are full or read-only: only writing does.
        with tempfile.TemporaryFile(dir=_nearest(path)) as file:
            file.write(b"ganforge")
    except OSError as error:
        return Finding(name, "error", f"{path} cannot be written: {error.strerror}", fix, facts)
    facts["writable"] = True
    free = _free(path)
    if free is not None and free < LITTLE:
        return Finding(name, "warning", f"{text}; only {_room(path)}", f"make room, or choose another --{name}", facts)
    return Finding(name, "ok", f"{text}, {_room(path)}", facts=facts)


def _nearest(path: Path) -> Path:
    """The folder itself, or the nearest one around it that is there."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _room(path: Path) -> str:
    free = _free(path)
    return "room unknown" if free is None else f"{gibibytes(free)} free"


def _free(path: Path) -> int | None:
    """Bytes that may still be written there."""
    try:
        return shutil.disk_usage(_nearest(path.absolute())).free
    except OSError:
        return None


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
