"""A TOML file as data plus the line of every key, and the overrides typed on the command line.

`tomllib` gives values without lines. A TOML file is a sequence of statements (a table header, or `key = value`), so
each statement is parsed alone to learn which keys it sets, and its first line is theirs.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganforge.errors import RecipeError

Key = tuple[str, ...]
_HEADER = re.compile(r"\s*\[")
_SYNTAX = re.compile(
    r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)


@dataclass(frozen=True)
class Document:
    """Parsed TOML.

    Attributes:
        path: the file, as the user named it.
        data: its content.
        places: where each key was set: `file:line`, or the override as typed.
    """

    path: Path
    data: dict[str, Any]
    places: Mapping[Key, str] = field(default_factory=dict)

    def where(self, key: Iterable[str]) -> str:
        """The place of a key, or of the nearest table around it."""
        parts = tuple(key)
        while parts:
            if parts in self.places:
                return self.places[parts]
            parts = parts[:-1]
        return str(self.path)

    def override(self, assignments: Iterable[str]) -> Document:
        """A copy with `a.b=value` applied, each value read as TOML, or as a string where it is none.

        Raises:
            RecipeError: an assignment is not of this form, or goes through something that is no table.
        """
        data, places = copy.deepcopy(self.data), dict(self.places)
        for text in assignments:
            name, sign, value = text.partition("=")
            key = tuple(part.strip() for part in name.split("."))
            if not sign or not all(key):
                raise RecipeError(f"--set {text!r} is not of the form key=value", fix="--set train.steps=2000")
            table = data
            for part in key[:-1]:
                table = table.setdefault(part, {})
                if not isinstance(table, dict):
                    raise RecipeError(f"--set {text!r}: {part!r} is a value, not a table", fix="set a key of a table")
            # What the new value replaces is no longer where it was.
            for old in [old for old in places if old[: len(key)] == key]:
                del places[old]
            table[key[-1]] = _value(value.strip())
            places[key] = f"--set {text}"
        return Document(self.path, data, places)


def read(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        RecipeError: the file is missing, not text or not TOML; the message holds line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RecipeError(
            f"cannot read the recipe: {error.strerror or error}",
            where=str(path),
            fix="`ganforge recipes` lists those that are shipped, `ganforge copy NAME` makes one yours",
        ) from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"not a text file: {error.reason}", where=str(path), fix="save it as UTF-8") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """Parse TOML text; `path` is what messages call it.

    Raises:
        RecipeError: it is not TOML.
    """
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX.fullmatch(str(error))
        message, line = (found["message"], found["line"]) if found else (str(error), None)
        lines = text.count("\n") + 1
        raise RecipeError(f"not TOML: {message}", where=f"{path}:{line or lines}", fix="see https://toml.io") from error
    return Document(path, data, {key: f"{path}:{line}" for key, line in _lines(text).items()})


def _lines(text: str) -> dict[Key, int]:
    """The line of every key of a valid TOML text, counted from 1."""
    places: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    prefix: Key = ()
    lines = text.split("\n")
    start = 0
    while start < len(lines):
        if not lines[start].strip() or lines[start].lstrip().startswith("#"):
            start += 1
            continue
        end, snippet = _statement(lines, start)
        if _HEADER.match(lines[start]):
            prefix = next(iter(_paths(snippet, headers=True)))
            if lines[start].lstrip().startswith("[["):
                counts[prefix] = counts.get(prefix, -1) + 1
                places.setdefault(prefix, start + 1)
                prefix = (*prefix, str(counts[prefix]))
            found: Iterable[Key] = [prefix]
        else:
            found = [(*prefix, *key) for key in _paths(snippet)]
        for key in found:
            for length in range(1, len(key) + 1):
                places.setdefault(key[:length], start + 1)
            places[key] = start + 1
        start = end
    return places


def _statement(lines: list[str], start: int) -> tuple[int, dict[str, Any]]:
    """The end of the statement that starts at a line, and what it sets."""
    for end in range(start + 1, len(lines) + 1):
        try:
            return end, tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
    return len(lines), {}


def _paths(data: Mapping[str, Any], headers: bool = False) -> Iterable[Key]:
    """The paths of all values, or the one path of a header."""
    for name, value in data.items():
        if headers and isinstance(value, list):
            yield (name, *next(iter(_paths(value[0], headers=True)), ()))
        elif isinstance(value, dict) and (value or headers):
            yield from ((name, *rest) for rest in (list(_paths(value, headers)) or [()]))
        else:
            yield (name,)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
