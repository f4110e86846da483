"""A table of text on the terminal, or in a file or pipe."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ganforge.study.tables import TextTable

WIDEST = 1000
"""Columns of a table that no terminal shows."""


def print_grid(grid: TextTable) -> None:
    """Print a table: the first column to the left, numbers to the right."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for number, head in enumerate(grid.head):
        table.add_column(escape(head), justify="right" if number else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*map(escape, row))
    # In a file or a pipe, a table keeps its width instead of being folded.
    Console(width=None if sys.stdout.isatty() else WIDEST).print(table)
