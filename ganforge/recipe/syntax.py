"""Mistakes in TOML that people make often, told with their fix instead of the parser's words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[")
_COMMA = re.compile(r"=\s*([+-]?\d+),(\d+)\s*(#.*)?$")
_STRING = re.compile(r'"([^"]*\\[^"]*)"')
_LONGEST = 1000  # as patterns take long for very long lines
_TWICE = re.compile(r"Cannot (declare .* twice|overwrite a value|mutate immutable namespace .*)")


def explain(message: str, lines: Sequence[str], number: int) -> tuple[str, str]:
    """Return what is wrong in a line of a TOML file, counted from 1, and the fix, given the parser's message."""
    line = lines[number - 1][:_LONGEST] if number <= len(lines) else ""
    if found := _COMMA.search(line):
        return f"not TOML: {found[1]},{found[2]} is no number", f"write a decimal point: {found[1]}.{found[2]}"
    if (found := _STRING.search(line)) and ("\\" in message or "hex" in message or "escape" in message.lower()):
        fix = f"write '{found[1]}' in single quotes, or each \\ as \\\\"
        return "not TOML: a backslash in double quotes begins an escape sequence", fix
    if _TWICE.match(message) and (first := _first(lines, number)):
        what = line.split("=")[0].strip() if not _HEADER.match(line) else line.split("#")[0].strip()
        return f"{what} is there twice, first in line {first}", "put both in one place, or remove one"
    return f"not TOML: {message}", "see https://toml.io"


def _first(lines: Sequence[str], number: int) -> int | None:
    """Return the line above the one given that sets the same table or key, or None."""
    sought = _path(lines[number - 1])
    table = 0
    for index, line in enumerate(lines[: number - 1], 1):
        if _HEADER.match(line):
            table = index
    start = 0 if _HEADER.match(lines[number - 1]) else table
    found = (index for index, line in enumerate(lines[start : number - 1], start + 1) if _path(line) == sought)
    return next(found, None) if sought else None


def _path(line: str) -> tuple[str, ...]:
    """Return the names that a line alone sets, outermost first, after a bracket for a header; none if it is no TOML."""
    try:
        data = tomllib.loads(line)
    except (ValueError, RecursionError):
        # A key may have a value of several lines.
        data = {}
        if not _HEADER.match(line) and "=" in line:
            with_value = f"{line.split('=')[0]} = 0"
            try:
                data = tomllib.loads(with_value)
            except (ValueError, RecursionError):
                return ()
    path: list[str] = ["["] if _HEADER.match(line) else []
    while isinstance(data, dict) and len(data) == 1:
        name, data = next(iter(data.items()))
        path.append(name)
    return tuple(path) if len(path) > ("[" in path) else ()
