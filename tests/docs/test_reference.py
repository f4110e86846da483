"""The reference pages and the pictures are what the program says of itself now."""

from __future__ import annotations

import importlib
import inspect
import io
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from ganforge.plugins import hookspecs
from ganforge.plugins.loader import FIRST_PARTY
from ganforge.plugins.registry import Registry

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def pages(generate: ModuleType) -> dict[str, str]:
    result: dict[str, str] = generate.pages()
    return result


def test_there_is_no_page_more_and_none_less(pages: dict[str, str]) -> None:
    folder = DOCS / "reference"
    assert sorted(pages) == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))


def test_the_pages_are_up_to_date(pages: dict[str, str]) -> None:
    committed = {name: (DOCS / "reference" / name).read_text(encoding="utf-8") for name in pages}
    assert [name for name in pages if committed[name] != pages[name]] == [], "run: uv run python docs/generate.py"


def test_the_table_of_layers_is_up_to_date(generate: ModuleType) -> None:
    layers = generate.layers
    assert layers.PAGE.read_text(encoding="utf-8") == layers.layers(), "run: uv run python docs/generate.py"


def test_the_table_of_promises_is_up_to_date(generate: ModuleType) -> None:
    promises = generate.promises
    assert promises.PAGE.read_text(encoding="utf-8") == promises.promises(), "run: uv run python docs/generate.py"


def test_a_promise_is_read_with_its_suite_and_its_class(generate: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text(
        "import pytest\npytestmark = [pytest.mark.slow]\n@pytest.mark.promise('A.', about='wrong')\n"
        "def test_a(): pass\nclass TestB:\n    @pytest.mark.promise('B.', about='runs')\n    def test_b(self): pass\n"
        "def test_c(): pass\n"
    )
    held = generate.promises.read(file, tmp_path)
    assert [(found.sentence, found.about, found.test, found.suite) for found in held] == [
        ("A.", "wrong", "test_a", "slow"),
        ("B.", "runs", "TestB.test_b", "slow"),
    ]


@pytest.mark.parametrize("arguments", ["'A.'", "'A.', about='others'", "'A', about='runs'"])
def test_a_promise_is_a_sentence_about_something(generate: ModuleType, tmp_path: Path, arguments: str) -> None:
    (tmp_path / "test_x.py").write_text(f"@pytest.mark.promise({arguments})\ndef test_a(): pass\n")
    with pytest.raises(ValueError, match=r"test_x\.py:1: a promise is one sentence"):
        list(generate.promises.read(tmp_path / "test_x.py", tmp_path))


def test_every_component_is_in_the_gallery(pages: dict[str, str]) -> None:
    sections = {name for page, text in pages.items() if "/" in page for name in re.findall(r"^## (.+)$", text, re.M)}
    entries = [entry for entry in Registry().entries() if entry.plugin.name in FIRST_PARTY]
    assert sections == {entry.name for entry in entries}
    assert all(f"[`{entry.name}`](" in pages["components.md"] for entry in entries)


def test_every_hook_is_described_as_it_is_called() -> None:
    page = (DOCS / "reference" / "hooks.md").read_text(encoding="utf-8")
    hooks = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("ganforge_")}
    assert hooks
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == list(hooks)
    for name, hook in hooks.items():
        section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
        for parameter in inspect.signature(hook).parameters.values():
            assert f"{parameter.name}: {parameter.annotation}" in section
        assert (inspect.getdoc(hook) or "-") in section


def test_the_pictures_are_up_to_date_and_small(generate: ModuleType) -> None:
    drawn = generate.pictures.pictures(generate.components.first_party())
    folder = DOCS / generate.components.PICTURES
    assert sorted(drawn) == sorted(path.name for path in folder.iterdir())
    for name, content in drawn.items():
        committed = (folder / name).read_bytes()
        assert len(committed) < 30_000, name
        if name.endswith(".svg"):
            assert committed == content, name
        else:
            # Another machine may round otherwise, and so choose other colours.
            now, then = (
                np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float) for data in (content, committed)
            )
            assert now.shape == then.shape, name
            assert np.abs(now - then).mean() < 4, name


def test_everything_public_has_a_section(generate: ModuleType, pages: dict[str, str]) -> None:
    for module, names in generate.api.PUBLIC.items():
        section = pages["api.md"].partition(f"## {module}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^### (.+)$", section, re.MULTILINE) == list(names)
        exported = set(getattr(importlib.import_module(module), "__all__", names))
        everywhere = {name for listed in generate.api.PUBLIC.values() for name in listed}
        assert exported - everywhere <= {"__version__", "API_VERSION", "KINDS"}, module
