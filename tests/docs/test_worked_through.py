"""The tutorial and the how-to guides are worked through: files written, commands carried out, their output compared.

Trainings are cut to a few steps and images. Of what a command prints, numbers may differ; words and tables may not.
"""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from ganforge.cli import main

PACKAGE = Path("ganforge-acme")
MODULE = "ganforge_acme"
SMALL = {"count": 45, "validation": 9, "steps": 2, "batch_size": 8}
"""The most that a recipe may ask for here."""


class Reader:
    """Does what a page says.

    Args:
        install: installs a package.
        capsys: tells what was printed.
        monkeypatch: types command lines.
    """

    def __init__(
        self,
        install: Callable[[Path], AbstractContextManager[None]],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.install, self.capsys, self.monkeypatch = install, capsys, monkeypatch
        self.names: dict[str, Any] = {"__name__": "example"}
        self.printed = ""
        self.code = 0
        self.cleared_up = ExitStack()

    def file(self, name: str, text: str) -> None:
        """Write a file; of one that is there, add to the components, or put tables in the place of the recipe's."""
        path = PACKAGE / name if name.partition("/")[0] in ("src", "tests") else Path(name)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old and text.startswith("COMPONENTS = ("):
            text = old.replace("\n)\n", "\n" + text.partition("already, and\n")[2], 1)
        elif old and path.suffix == ".toml":
            text = with_tables(old, text)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".toml":
            shrink(path)

    def command(self, line: str) -> None:
        """Carry out a line of a console."""
        words = shlex.split(line, comments=True)
        words = words[2:] if words[:2] == ["uv", "run"] else words
        if words[:3] == ["uv", "pip", "install"]:
            self.cleared_up.enter_context(self.install(Path(words[-1]).resolve()))
        elif words[0] == "pytest":
            run_tests(Path(words[1]))
        else:
            assert words[0] == "ganforge", line
            self.ganforge(words)

    def ganforge(self, words: list[str]) -> None:
        """Carry out a command of ganforge's."""
        for name in [name for name in sys.modules if name.split(".")[0] == MODULE]:
            del sys.modules[name]  # its files may have changed
        importlib.invalidate_caches()
        self.monkeypatch.setattr(sys, "argv", words)
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        self.code = int(ended.value.code or 0)
        out, err = self.capsys.readouterr()
        self.printed = err if self.code else out
        if words[1:3] == ["plugin", "new"]:
            for path in PACKAGE.rglob("recipes/*.toml"):
                shrink(path)


def with_tables(recipe: str, tables: str) -> str:
    """Replace tables of a recipe by those of the same name."""
    document = tomlkit.parse(recipe).unwrap()
    for section, named in tomlkit.parse(tables).unwrap().items():
        document[section] |= named
    return tomlkit.dumps(document)


def shrink(path: Path) -> None:
    """Make a recipe one of seconds."""
    recipe = tomlkit.parse(path.read_text(encoding="utf-8"))
    for table in [recipe["train"], *recipe["data"].values()]:
        table.update({key: min(most, table[key]) for key, most in SMALL.items() if key in table})
    path.write_text(tomlkit.dumps(recipe), encoding="utf-8")


def run_tests(path: Path) -> None:
    """Call the test functions of a file."""
    names: dict[str, Any] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def gist(text: str) -> list[str]:
    """Strip printed text of its numbers, the widths of its columns, and the path of the clone."""
    text = text.replace(str(Path.cwd()), "/home/you/ganforge")
    text = re.sub(r"\d+(\.\d+)?%?", "0", re.sub(r"[━─]+", "━", text))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def test_what_the_page_says_can_be_done(
    worked_page: Path,
    blocks_of: Any,
    install: Callable[[Path], AbstractContextManager[None]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    for name in ("GANFORGE_DATA", "GANFORGE_RUNS"):
        monkeypatch.delenv(name, raising=False)
    reader = Reader(install, capsys, monkeypatch)
    found = blocks_of(worked_page)
    with reader.cleared_up:
        for block, following in zip(found, [*found[1:], None], strict=True):
            where = f"{worked_page.name}:{block.line}"
            if block.file:
                reader.file(block.file, block.text)
            elif block.language == "console":
                for line in block.text.splitlines():
                    reader.command(line)
                    last = line == block.text.splitlines()[-1]
                    fails = last and following is not None and following.text.startswith("error: ")
                    assert bool(reader.code) == fails, f"{where}: {line}\n{reader.printed}"
            elif block.language == "text":
                assert gist(block.text) == gist(reader.printed), where
            else:
                assert block.language == "python", where
                exec(compile("\n" * block.line + block.text, str(worked_page), "exec"), reader.names)
