"""The table of checks in testing-a-plugin.md is the checks."""

from __future__ import annotations

from pathlib import Path

from ganforge.testing.check import ALL, NETWORKS, Check
from ganforge.testing.checks import CHECKS
from ganforge.testing.subject import PLUGIN

PAGE = Path(__file__).parents[2] / "docs" / "testing-a-plugin.md"


def row(check: Check) -> str:
    """Return the table's description of a check."""
    cells = (f"`{check.name}`", kinds(check), check.finds, check.why)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def kinds(check: Check) -> str:
    """Return the kinds in words: networks are three of them, and for checks of most kinds the exceptions are named."""
    if check.kinds == (PLUGIN,):
        return "the plugin"
    left_out = [kind for kind in ALL if kind not in check.kinds]
    if len(left_out) <= 1:
        return f"all but {left_out[0]}" if left_out else "all"
    named = ["networks"] if set(NETWORKS) <= set(check.kinds) else []
    return ", ".join([*named, *(kind for kind in check.kinds if not (named and kind in NETWORKS))])


def test_the_table_is_the_checks():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [row(check) for check in CHECKS]
