"""The public interface: what the reference lists is what there is, and first-party plugins need no more."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import ganforge

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())


def imports(plugin: str) -> Iterator[tuple[str, str]]:
    """Yield each name that a plugin's source imports from ganforge, with its module."""
    for path in sorted((ROOT / "plugins" / plugin / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "ganforge":
                yield from ((node.module, alias.name) for alias in node.names)


def test_the_package_exports_what_a_program_needs() -> None:
    assert sorted(ganforge.__all__) == ["GanforgeError", "__version__", "load", "run", "run_study"]
    assert all(hasattr(ganforge, name) for name in ganforge.__all__)


@pytest.fixture
def public(generate: ModuleType) -> dict[str, tuple[str, ...]]:
    """Return the listed names by module."""
    listed: dict[str, tuple[str, ...]] = generate.api.PUBLIC
    return listed


def test_every_public_name_can_be_imported(public: dict[str, tuple[str, ...]]) -> None:
    lacking = {
        f"{module}.{name}"
        for module, names in public.items()
        for name in names
        if not hasattr(importlib.import_module(module), name)
    }
    assert not lacking


@pytest.mark.parametrize("plugin", PLUGINS)
def test_first_party_plugins_import_public_names_alone(plugin: str, public: dict[str, tuple[str, ...]]) -> None:
    found = set(imports(plugin))
    assert found
    assert not {(module, name) for module, name in found if name not in public.get(module, ())}
