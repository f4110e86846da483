"""The table of promises in reliability.md, from the marker `promise` of the tests, which are read, not imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from writers.markdown import table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
BLOCK = re.compile(
    r"(?<=<!-- Promises: written by docs/generate.py -->\n\n).*?(?=\n\n<!-- end of promises -->)", re.DOTALL
)
PARTS = {
    "wrong": "Silently wrong",
    "lost": "Lost work and dead ends",
    "stranger": "From a stranger",
    "folders": "Folders as people have them",
    "runs": "Runs",
}
"""The headings by what a test says that its promise is about."""
SUITES = ("slow", "campaign")
"""Markers of tests that the default suite leaves out."""


@dataclass(frozen=True)
class Held:
    """A promise that a test holds.

    Attributes:
        sentence: the promise.
        about: a key of `PARTS`.
        test: the name of the test, after that of its class if it has one.
        file: its path in the repository.
        suite: the marker of `SUITES` that it has, or `default`.
    """

    sentence: str
    about: str
    test: str
    file: str
    suite: str


def promises() -> str:
    """Return the page with its table as the tests have it."""
    held = [found for path in test_files() for found in read(path, ROOT)]
    lines: list[str] = []
    for about, title in PARTS.items():
        rows: dict[str, list[Held]] = {}
        for found in held:
            if found.about == about:
                rows.setdefault(found.sentence, []).append(found)
        cells = [(sentence, _links(tests), _suites(tests)) for sentence, tests in rows.items()]
        lines += [f"### {title}", "", *table(("promise", "tests", "suite"), cells)]
    filled, count = BLOCK.subn(lambda _: "\n".join(lines).strip(), PAGE.read_text(encoding="utf-8"))
    assert count == 1, f"{PAGE} has no place for the table of promises"
    return filled


def test_files() -> list[Path]:
    """Return the files of tests, those of the core first."""
    return [*sorted((ROOT / "tests").rglob("test_*.py")), *sorted((ROOT / "plugins").glob("*/tests/**/test_*.py"))]


def read(path: Path, root: Path) -> Iterator[Held]:
    """Read the promises of a file of tests below the repository's root.

    Raises:
        ValueError: a promise is not one sentence about a key of `PARTS`.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    outer = [
        mark
        for node in tree.body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets)
        for mark in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]
    for test, suite, mark in _marked(tree, outer, ""):
        sentence, about = _parts(mark, path)
        yield Held(sentence, about, test, path.relative_to(root).as_posix(), suite)


def _marked(node: ast.AST, outer: list[ast.expr], within: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield the name and the suite of each test below a node that has the marker, and the marker."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _marked(child, [*outer, *child.decorator_list], f"{child.name}.")
        elif isinstance(child, ast.FunctionDef) and child.name.startswith("test_"):
            marks = [*outer, *child.decorator_list]
            names = {ast.unparse(mark.func if isinstance(mark, ast.Call) else mark) for mark in marks}
            suite = next((suite for suite in SUITES if f"pytest.mark.{suite}" in names), "default")
            for mark in marks:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
                    yield within + child.name, suite, mark


def _parts(mark: ast.Call, path: Path) -> tuple[str, str]:
    values = [ast.literal_eval(value) for value in mark.args]
    values += [ast.literal_eval(keyword.value) for keyword in mark.keywords if keyword.arg == "about"]
    if len(values) != 2 or not values[0].endswith(".") or values[1] not in PARTS:
        raise ValueError(f"{path}:{mark.lineno}: a promise is one sentence, about one of {', '.join(PARTS)}")
    return values[0], values[1]


def _links(tests: list[Held]) -> str:
    return ", ".join(f"[`{found.test}`](../{found.file})" for found in tests)


def _suites(tests: list[Held]) -> str:
    return ", ".join(dict.fromkeys(found.suite for found in tests))
