"""The examples in docstrings of the core and of the first-party plugins run, and give the results that they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "ganforge", *sorted((ROOT / "plugins").glob("*/src/*")))
EXAMPLE = ">>> "


def module_name(file: Path) -> str:
    """Return the dotted name of a module of the core or of a plugin."""
    root = next(folder.parent for folder in FOLDERS if file.is_relative_to(folder))
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


WITH_EXAMPLES = [
    module_name(file)
    for folder in FOLDERS
    for file in sorted(folder.rglob("*.py"))
    if EXAMPLE in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_show(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert module.__file__ is not None
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted == Path(module.__file__).read_text(encoding="utf-8").count(EXAMPLE)
    assert result.failed == 0
