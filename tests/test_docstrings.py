"""Rules for docstrings that no linter knows: they open with what they describe, in the terms of the field."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "ganforge").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")])
OPENING = re.compile(r"(What|Whose|Whether|Those|Where|How|Whatever|Whoever|Which|Who|That|When|If)\b")
AVOIDED = re.compile(r"\b(whose|as far as|(is|are) told of|nobody|somebody|whoever|for ever)\b", re.IGNORECASE)


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each docstring, those of constants and attributes included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value.strip()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_are_plain(path: Path) -> None:
    """They open in the imperative or with a noun phrase, not with a relative clause or a condition."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]!r}"
        for line, text in docstrings(path)
        if OPENING.match(text) or AVOIDED.search(text)
    ]
    assert not wrong


@pytest.mark.parametrize("text", ["What a run is.", "A thing whose end is near."])
def test_the_rules_find_what_they_are_for(text: str) -> None:
    assert OPENING.match(text) or AVOIDED.search(text)
