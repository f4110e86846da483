"""The plugin of writing-a-plugin.md, taken from the page, installed and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import typer

from ganforge.cli.app import app
from ganforge.plugins.registry import Registry
from ganforge.runs.directory import RunDirectory
from ganforge.testing.check import run_check
from ganforge.testing.checks import checks_of
from ganforge.testing.subject import subjects_of


@pytest.fixture(scope="module")
def package(
    blocks_of: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
    install: Callable[[Path], AbstractContextManager[None]],
) -> Iterator[Path]:
    """Provide the package's folder; its modules and distribution can be found while the tests run."""
    folder = tmp_path_factory.mktemp("ganforge-acme")
    for block in blocks_of("writing-a-plugin.md"):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "toml":
            (folder / "pyproject.toml").write_text(block.text, encoding="utf-8")
        elif block.language == "python" and "torch" in block.text:  # of a module that a recipe imports
            exec(compile(block.text, "writing-a-plugin.md", "exec"), {})
        elif block.language == "python":
            with (folder / "src" / "ganforge_acme" / "plugin.py").open("a", encoding="utf-8") as plugin:
                plugin.write(block.text)
    with install(folder):
        yield folder


def test_the_files_are_those_that_the_page_lists(package: Path, blocks_of: Callable[[str], Any]) -> None:
    listed = next(block.text for block in blocks_of("writing-a-plugin.md") if block.language == "text")
    names = {word for word in listed.split() if not word.endswith("/")}
    there = {path.name for path in package.rglob("*") if path.is_file() and "dist-info" not in str(path)}
    assert {name for name in there if not name.endswith(".pyc")} - {"tracker.py"} == names


def test_its_own_tests_pass(package: Path) -> None:
    names: dict[str, Any] = {}
    path = package / "tests" / "test_acme.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_its_components_conform(package: Path) -> None:
    names: dict[str, Any] = {}
    path = package / "tests" / "test_conformance.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    [mark] = names["test_acme"].pytestmark
    subjects = subjects_of("acme", Registry())
    results = [run_check(check, subject) for subject in subjects for check in checks_of(subject.kind)]
    flaws = [str(result) for result in results if result.outcome != "passed"]
    assert flaws == []
    assert len(mark.args[1]) == len(results) > 80


def test_its_components_are_found_and_documented(package: Path) -> None:
    entries = Registry().entries(plugin="acme")
    assert {entry.kind for entry in entries} == {"loss", "distance", "dataset", "encoder", "metric"}
    for entry in entries:
        assert all(option.doc for option in entry.schema.options), entry.name


def test_its_recipe_runs(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (package / "recipes").iterdir():
        recipe = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        recipe["train"]["steps"] = 3
        (tmp_path / path.name).write_text(tomlkit.dumps(recipe), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command: Any = typer.main.get_command(app)
    command(["run", "acme.toml", "--runs", "runs", "--cache", "cache", "--tracker", "acme"], standalone_mode=False)
    run = RunDirectory(tmp_path / "runs" / "acme")
    assert run.status == "finished"
    assert "ink/outputs" in run.metrics.read_text(encoding="utf-8")
    assert "adversarial.gap" in run.journal.read_text(encoding="utf-8")
    noted = (tmp_path / "runs" / "runs.csv").read_text(encoding="utf-8").splitlines()
    assert [line.partition(",")[2] for line in noted] == ["finished", "finished"]
