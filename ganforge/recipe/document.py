"""A TOML file as data plus the line of every key, and the overrides typed on the command line.

`tomllib` gives values without lines. A TOML file is a sequence of statements (a table header, or `key = value`), so
each statement is parsed alone to learn the keys that it sets; their line is its first one. A recipe may come from a
stranger, so all of this takes time in proportion to its length.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganforge.errors import RecipeError
from ganforge.recipe.syntax import explain

Key = tuple[str, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[")
_DEEPEST = 32
LARGEST_RECIPE = 1 << 20  # bytes
_LONGEST_KEY = 100
# The parser takes time in proportion to the square of the number of parts.
_LONG_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_LONGEST_KEY}}}""")
# It also takes a hundred bytes of memory for a digit.
_LONG_NUMBER = re.compile(r"(?<![\w.+-])[+-]?\d[\w.+-]{1000}")
# What may hold a line break or a bracket without its meaning (strings, comments), and what has that meaning.
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]''',
    re.DOTALL,
)
_SYNTAX = re.compile(
    r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)


def dotted(key: Iterable[str]) -> str:
    """Return a key as a TOML file writes it, for messages."""
    return ".".join(part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in key)


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
        """Return the place of a key, or of the nearest table around it."""
        parts = tuple(key)
        around = (parts[:length] for length in range(len(parts), 0, -1))
        return next((self.places[part] for part in around if part in self.places), str(self.path))

    def override(self, assignments: Iterable[str]) -> Document:
        """Return a copy with `a.b=value` applied, each value read as TOML, else as a string.

        Raises:
            RecipeError: an assignment is not of this form, or its key goes through a value.
        """
        return self.replace((*parse_assignment(text), f"--set {text}") for text in assignments)

    def replace(self, values: Iterable[tuple[Key, Any, str]]) -> Document:
        """Return a copy with other values, each given by key, value and place.

        Raises:
            RecipeError: a key goes through a value.
        """
        data, places = copy.deepcopy(self.data), dict(self.places)
        for key, value, where in values:
            table = data
            for depth, part in enumerate(key[:-1], 1):
                table = table.setdefault(part, {})
                if not isinstance(table, dict):
                    parent = dotted(key[:depth])
                    raise RecipeError(f"{parent} is a value, not a table", where=where, fix=f"set {parent} as a whole")
            table[key[-1]] = copy.deepcopy(value)
            # Keys within a replaced value have lost their places.
            places = {old: place for old, place in places.items() if old[: len(key)] != key}
            for length in range(1, len(key) + 1):
                places.setdefault(key[:length], where)
        return _within_bounds(Document(self.path, data, places))


def parse_assignment(text: str, option: str = "--set", example: str = "train.steps=2000") -> tuple[Key, Any]:
    """Return the key and the value of `a.b=value`, the value read as TOML, else as a string.

    The command line's `option` and an `example` of its value are named in messages.

    Raises:
        RecipeError: it is not of this form.
    """
    name, sign, value = text.partition("=")
    key = tuple(part.strip() for part in name.split("."))
    if not sign or not all(key):
        raise RecipeError(f"{option} {text!r} is not of the form key=value", fix=f"{option} {example}")
    return key, _value(value.strip())


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        RecipeError: the file is missing, not text or not TOML; the message holds the line.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_RECIPE + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise RecipeError(
            f"cannot read the recipe: {error.strerror or error}",
            where=str(path),
            fix="`ganforge recipes` lists those that are shipped, `ganforge copy NAME` makes one yours",
        ) from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"not a text file: {error.reason}", where=str(path), fix="save it as UTF-8") from error
    if len(content) > LARGEST_RECIPE:
        raise RecipeError(f"a recipe has at most {LARGEST_RECIPE:,} bytes", where=str(path), fix="give a recipe")
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Parse TOML text; `path` is its name in messages.

    Raises:
        RecipeError: it is not TOML, or goes beyond what TOML promises: integers of 64 bits.
    """
    text = text.replace("\r\n", "\n")
    for pattern, what in ((_LONG_KEY, f"a key of more than {_LONGEST_KEY} parts"), (_LONG_NUMBER, "an endless number")):
        if found := pattern.search(text):
            where = f"{path}:{text.count(chr(10), 0, found.start()) + 1}"
            raise RecipeError(what, where=where, fix="shorten it")
    try:
        data = tomllib.loads(text)
        lines = _lines(text)
    except (ValueError, RecursionError) as error:
        syntax = _SYNTAX.fullmatch(str(error))
        said, at = (syntax["message"], syntax["line"]) if syntax else (str(error), None)
        line = int(at or text.count("\n") + 1)
        where = f"{path}:{line}" if isinstance(error, tomllib.TOMLDecodeError) else str(path)
        message, fix = explain(said, text.split("\n"), line)
        raise RecipeError(message, where=where, fix=fix) from error
    return _within_bounds(Document(path, data, {key: f"{path}:{line}" for key, line in lines.items()}))


def _within_bounds(document: Document) -> Document:
    """Refuse integers that only Python accepts, and nesting so deep that recursion would fail."""

    def visit(value: Any, key: Key) -> None:
        if len(key) > _DEEPEST:
            raise RecipeError(f"tables and lists nested more than {_DEEPEST} deep", where=document.where(key))
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise RecipeError(f"{dotted(key)} is an integer of more than 64 bits", where=document.where(key))
        if isinstance(value, dict | list):
            for name, part in value.items() if isinstance(value, dict) else enumerate(value):
                visit(part, (*key, str(name)))

    visit(document.data, ())
    return document


def _lines(text: str) -> dict[Key, int]:
    """Return the line of every key of a valid TOML text, counted from 1; tables of an array are numbered from 0."""
    places: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    prefix: Key = ()
    for line, statement in _statements(text):
        snippet = tomllib.loads(statement)
        if _HEADER.match(statement):
            *around, last = next(iter(_paths(snippet, headers=True)))
            prefix = (*_numbered(around, counts), last)
            if statement.lstrip().startswith("[["):
                places.setdefault(prefix, line)
                counts[prefix] = number = counts.get(prefix, -1) + 1
                prefix = (*prefix, str(number))
            found = [prefix]
        else:
            found = [(*prefix, *key) for key in _paths(snippet)]
        for key in found:
            places |= {key[:length]: line for length in range(1, len(key)) if key[:length] not in places}
            places[key] = line
    return places


def _numbered(path: Iterable[str], counts: Mapping[Key, int]) -> Key:
    """Return a header's path with the number of the last table so far after each array that it goes through."""
    key: Key = ()
    for part in path:
        key = (*key, part)
        if key in counts:
            key = (*key, str(counts[key]))
    return key


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each statement of a valid TOML text; an empty line is one too."""
    begin, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(f"{text}\n"):
        depth += (token[0] in ("[", "{")) - (token[0] in ("]", "}"))
        if token[0] == "\n" and not depth:
            statement = text[begin : token.start()]
            yield line, statement
            line += statement.count("\n") + 1
            begin = token.end()


def _paths(data: Mapping[str, Any], headers: bool = False) -> Iterable[Key]:
    """Yield the paths of all values, or the one path of a header."""
    for name, value in data.items():
        if headers and isinstance(value, list):
            yield (name, *next(iter(_paths(value[0], headers=True)), ()))
        elif isinstance(value, dict) and (value or headers):
            yield from ((name, *rest) for rest in (list(_paths(value, headers)) or [()]))
        else:
            yield (name,)


def _value(text: str) -> Any:
    """Return a text read as a TOML value, or the text itself."""
    try:
        found = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return found["value"] if len(found) == 1 else text
