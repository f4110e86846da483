"""The reference pages are what the program says of itself now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result: dict[str, str] = module.pages()
    return result


def test_there_is_no_page_more_and_none_less(pages: dict[str, str]) -> None:
    assert sorted(pages) == sorted(path.name for path in (DOCS / "reference").iterdir())


@pytest.mark.parametrize("name", ["components.md", "recipe.md", "cli.md", "hooks.md"])
def test_the_page_is_up_to_date(pages: dict[str, str], name: str) -> None:
    committed = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert committed == pages[name], "run: uv run python docs/generate.py"
