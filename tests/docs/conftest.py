"""The pages and their blocks of code, and one tiny finished run for the examples that need one."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import tomlkit

import ganforge

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
WORKED_THROUGH = [ROOT / "docs" / "tutorial-first-loss.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
"""The pages that `test_worked_through.py` works through, running their commands and writing their files."""
PLUGIN_PAGE = ROOT / "docs" / "writing-a-plugin.md"
"""Its blocks make up a package, which `test_plugin_page.py` installs."""
TRACKERS_PAGE = ROOT / "docs" / "trackers.md"
"""Its named blocks make up a package, which `test_trackers_page.py` installs."""
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"`(?P<name>[\w./-]+)`:\n\n\Z")


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    """Load the script that writes the reference; it finds its modules beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
        return importlib.import_module("generate")


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
    """Return the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        before = text[: match.start()]
        named = FILE_NAME.search(before)
        name = named["name"] if named else None
        found.append(Block(page, before.count("\n") + 1, match["language"], match["text"], name))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for a page each of them, and one that asks for `toml_block` every block of TOML."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    if "read_page" in metafunc.fixturenames:
        pages = [page for page in PAGES if page not in (*WORKED_THROUGH, PLUGIN_PAGE)]
        metafunc.parametrize("read_page", pages, ids=lambda page: page.relative_to(ROOT).as_posix())
    if "worked_page" in metafunc.fixturenames:
        metafunc.parametrize("worked_page", WORKED_THROUGH, ids=lambda page: page.name)
    if "toml_block" in metafunc.fixturenames:
        # The fragments among the references are those of `ganforge show`, which tests/cli/test_show.py tests.
        others = (*WORKED_THROUGH, PLUGIN_PAGE, TRACKERS_PAGE)
        pages = [page for page in PAGES if page not in others and "reference" not in page.parts]
        found = [block for page in pages for block in blocks(page) if block.language == "toml"]
        metafunc.parametrize("toml_block", found, ids=str)


@pytest.fixture(scope="session")
def blocks_of() -> Callable[[Path | str], list[Block]]:
    """Return the blocks of a page, given by its path or its name in `docs/`."""
    return lambda page: blocks(ROOT / "docs" / page)


@pytest.fixture(scope="session")
def install() -> Callable[[Path], AbstractContextManager[None]]:
    """Installs the package of a folder, as an editable one is: by a path, and metadata from its pyproject.toml."""
    return installed


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """See `install`."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module = project["name"].replace("-", "_")
    info = folder / "src" / f"{module}-{project['version']}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    points = [f"{name} = {target}" for name, target in project["entry-points"]["ganforge"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[ganforge]", *points, ""]), encoding="utf-8")
    sys.path.insert(0, str(folder / "src"))
    try:
        forget(module)
        yield
    finally:
        sys.path.remove(str(folder / "src"))
        forget(module)


def forget(package: str) -> None:
    """Let a package's modules be imported anew, since their files may have changed."""
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a folder with the quickstart in `recipes/`, so small that it runs in seconds, and its run in `runs/`."""
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
    """Provide the working directory of an example; runs, data and cache stay in it."""
    monkeypatch.chdir(tiny)
    monkeypatch.setenv("GANFORGE_CACHE", str(tiny / "cache"))
    for name in ("GANFORGE_DATA", "GANFORGE_RUNS"):
        monkeypatch.delenv(name, raising=False)
    return tiny
