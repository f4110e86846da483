"""The pages and their blocks of code, and one tiny finished run for the examples that need one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomlkit

import ganforge

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"`(?P<name>[\w./-]+)`:\n\n\Z")


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is what the line before it calls it, such as `src/a.py`."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        before = text[: match.start()]
        named = FILE_NAME.search(before)
        name = named["name"] if named else None
        found.append(Block(page, before.count("\n") + 1, match["language"], match["text"], name))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `page` every page, and one that asks for `toml_block` every block of TOML."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=lambda page: page.name)
    if "toml_block" in metafunc.fixturenames:
        found = [block for page in PAGES for block in blocks(page) if block.language == "toml"]
        metafunc.parametrize("toml_block", found, ids=str)


@pytest.fixture(scope="session")
def blocks_of() -> Callable[[Path | str], list[Block]]:
    """The blocks of a page: its path, or its name in `docs/`."""
    return lambda page: blocks(ROOT / "docs" / page)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quickstart, made so small that it runs in seconds, in `recipes/`, and its run in `runs/`."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "recipes").mkdir()
    for source in (ROOT / "recipes").glob("quickstart*.toml"):
        recipe = tomlkit.parse(source.read_text(encoding="utf-8")).unwrap()
        for table in recipe["data"].values():
            table.update(count=40, **({"validation": 10} if "validation" in table else {}))
        for table in recipe["networks"].values():
            table.update(width=8)
        recipe["train"].update(steps=2, batch_size=4, validate_every=100, sample_every=100, checkpoint_every=100)
        (folder / "recipes" / source.name).write_text(tomlkit.dumps(recipe), encoding="utf-8")
    ganforge.run(folder / "recipes" / "quickstart.toml", runs=folder / "runs", cache=folder / "cache")
    return folder


@pytest.fixture
def here(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of an example; runs, data and cache stay in it."""
    monkeypatch.chdir(tiny)
    monkeypatch.setenv("GANFORGE_CACHE", str(tiny / "cache"))
    for name in ("GANFORGE_DATA", "GANFORGE_RUNS"):
        monkeypatch.delenv(name, raising=False)
    return tiny
