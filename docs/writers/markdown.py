"""Pages and tables in Markdown."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

NOTE = "<!-- Written by docs/generate.py: change the code that it describes, then run it again. -->"


def page(title: str, lines: Iterable[str]) -> str:
    """A whole page."""
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip("\n") + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table and the empty line behind it."""
    cells = [head, ("---",) * len(head), *([part.replace("|", "\\|") for part in row] for row in rows)]
    return [*(f"| {' | '.join(row)} |" for row in cells), ""]


def literal(value: Any) -> str:
    """A default as code, in TOML."""
    return f"`{json.dumps(value, default=str)}`"


def first_line(described: Any) -> str:
    """The summary of a docstring."""
    return (inspect.getdoc(described) or "").split("\n")[0]


def anchor(heading: str) -> str:
    """What a link to a heading ends with, after the `#`."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
