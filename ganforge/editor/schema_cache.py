"""A cached copy of the schema, for readers that must not wait until every component has been imported.

Its name in the cache changes with the plugins' versions and with the files of their packages.
"""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import ganforge
from ganforge.plugins.registry import Registry

NAME = "ganforge.schema.json"


def build(registry: Registry, cache: Path) -> tuple[str, list[str]]:
    """Build the schema and cache it; imports every component.

    Args:
        registry: the installed components.
        cache: the folder of rebuildable data.

    Returns:
        The schema as text, and why components were left out of it.
    """
    from ganforge import atomic
    from ganforge.editor.schema import schema

    built, problems = schema(registry)
    text = json.dumps(built, indent=1) + "\n"
    # An incomplete schema is not cached: it may be complete at the next try, with the missing package installed.
    if not problems:
        with suppress(OSError):
            path = _path(registry, cache)
            path.parent.mkdir(parents=True, exist_ok=True)
            for old in path.parent.glob("*.json"):
                old.unlink(missing_ok=True)
            atomic.write_file(path, text.encode())
    return text, problems


def cached(registry: Registry, cache: Path) -> dict[str, Any] | None:
    """Return the cached schema of the installed components, or None; imports no component."""
    try:
        found: dict[str, Any] = json.loads(_path(registry, cache).read_bytes())
    except (OSError, ValueError):
        return None
    return found


def cached_or_built(registry: Registry, cache: Path) -> str:
    """Return the schema as text: the cached one, or else a new one."""
    found = cached(registry, cache)
    return build(registry, cache)[0] if found is None else json.dumps(found, indent=1) + "\n"


def _path(registry: Registry, cache: Path) -> Path:
    known = [(one.name, one.distribution, one.version, one.error, _stamp(one.module)) for one in registry.plugins]
    key = hashlib.sha256(json.dumps([_stamp(ganforge), *known]).encode()).hexdigest()
    return cache / "schema" / f"{key[:16]}.json"


def _stamp(module: ModuleType | None) -> list[tuple[str, int, int]]:
    """Return name, size and time of the files of the package that a module belongs to."""
    top = sys.modules.get(module.__name__.partition(".")[0]) if module else None
    if top is None or not top.__file__:
        return []
    file = Path(top.__file__)
    files = sorted(file.parent.rglob("*.py")) if hasattr(top, "__path__") else [file]
    return [(path.name, (state := path.stat()).st_size, state.st_mtime_ns) for path in files]
