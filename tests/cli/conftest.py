"""The command line, called in this process: what it prints, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ganforge.cli import main
from ganforge.plugins.selection import WITHOUT


@dataclass(frozen=True)
class Result:
    """What a command did: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def ganforge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Call a command; `COLUMNS` is wide, so that no message is wrapped."""
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["ganforge", *map(str, arguments)])
        monkeypatch.setenv(WITHOUT, "")  # what `--no-plugin` sets ends with its process
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Result(int(ended.value.code or 0), out, err)

    return call
