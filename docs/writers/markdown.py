"""Pages and tables in Markdown."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from typing import Any

NOTE = "<!-- Written by docs/generate.py: change the code that it describes, then run it again. -->"


def page(title: str, lines: Iterable[str]) -> str:
    """Write a whole page."""
    return "\n".join([f"# {title}", "", NOTE, "", *lines]).rstrip("\n") + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Write a table and the empty line after it."""
    cells = [head, ("---",) * len(head), *([part.replace("|", "\\|") for part in row] for row in rows)]
    return [*(f"| {' | '.join(row)} |" for row in cells), ""]


def literal(value: Any) -> str:
    """Write a default as code, in TOML."""
    return f"`{json.dumps(value, default=str)}`"


def first_line(described: Any) -> str:
    """Return the summary of a docstring."""
    return (inspect.getdoc(described) or "").split("\n")[0]


def anchor(heading: str) -> str:
    """Return the anchor of a heading, without the `#`."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
