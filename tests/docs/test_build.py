"""The site's pages are those of the repository, with links that lead to pages beside them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script, for a repository in a folder of its own."""
    spec = importlib.util.spec_from_file_location("build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, folder in (("ROOT", ""), ("DOCS", "docs"), ("BUILD", "build")):
        monkeypatch.setattr(module, name, tmp_path / folder)
    for name, text in {
        "docs/a.md": "[b](how/b.md#x) [code](../src/code.py) [web](https://example.org)\n\n```text\n[no](link)\n```\n",
        "docs/how/b.md": "[a](../a.md) [project](../../README.md)\n",
        "README.md": "[a](docs/a.md)\n",
        "src/code.py": "x = 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return module


def test_links_out_of_the_folder_become_pages(build: ModuleType) -> None:
    pages = build.BUILD / "pages"
    build.stage(build.DOCS / "a.md")
    text = (pages / "a.md").read_text()
    assert text.startswith("[b](how/b.md#x) [code](source/src/code.py.md) [web](https://example.org)\n")
    assert "[no](link)" in text
    assert (pages / "how" / "b.md").read_text() == "[a](../a.md) [project](../README.md)\n"
    assert (pages / "README.md").read_text() == "[a](a.md)\n"
    assert "````python\nx = 1\n````" in (pages / "source" / "src" / "code.py.md").read_text()


def test_a_bar_in_code_needs_no_backslash(build: ModuleType) -> None:
    assert build.relink("| `a \\| b` | \\| |", build.DOCS / "a.md") == "| `a | b` | \\| |"


def test_a_link_to_nothing_ends_the_build(build: ModuleType) -> None:
    (build.DOCS / "a.md").write_text("[gone](gone.md)")
    with pytest.raises(SystemExit, match=r"docs/a\.md: the link to gone\.md leads to no file"):
        build.stage(build.DOCS / "a.md")


def test_every_page_is_in_the_navigation(build: ModuleType) -> None:
    def pages(entries: list[dict[str, Any]]) -> list[str]:
        values = [value for entry in entries for value in entry.values()]
        return [page for value in values for page in ([value] if isinstance(value, str) else pages(value))]

    found = pages(build.navigation((DOCS / "index.md").read_text(encoding="utf-8")))
    assert len(found) == len(set(found))
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "results" not in path.parts}
    assert set(found) == there | {"CONTRIBUTING.md", "CHANGELOG.md"}
