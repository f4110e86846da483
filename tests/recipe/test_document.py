"""TOML with the line of every key, and overrides typed on the command line."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import assume, given
from hypothesis import strategies as st

from ganforge.errors import RecipeError
from ganforge.recipe.document import Document, parse_document, read_document

FILE = Path("recipe.toml")


def line(document: Document, *key: str) -> int:
    file, _, number = document.where(key).rpartition(":")
    assert file == str(FILE)
    return int(number)


TEXT = '''# a comment = 1
title = "x"   # another

[train]
steps = 1
"quoted.key" = 2
text = """
[not.a.header]
steps = 3
"""
after = 4
list = [
    1,   # not = a key
    [2],
]
dotted.a.b = 5
dotted.c = 6
inline = { a = 1, b = { c = 2 } }
empty = {}

[data."odd name"]
use = 'a'

[[data.many]]
use = "b"
[[data.many]]
use = "c"
[data.many.options]
x = 1
[[data.many.deep]]
y = 1
[[data.many.deep]]
y = 2
[[data.many]]
[[data.many.deep]]
y = 3
[data]
last = 1
'''


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("title", 2),
        ("train", 4),
        ("train steps", 5),
        ("train quoted.key", 6),
        ("train text", 7),
        ("train after", 11),
        ("train list", 12),
        ("train dotted", 16),
        ("train dotted a b", 16),
        ("train dotted c", 17),
        ("train inline b c", 18),
        ("train empty", 19),
        ("data", 37),
        ("data odd_name use", 22),
        ("data many", 24),
        ("data many 0 use", 25),
        ("data many 1", 26),
        ("data many 1 use", 27),
        ("data many 1 options x", 29),
        ("data many 1 deep 0 y", 31),
        ("data many 1 deep 1 y", 33),
        ("data many 2", 34),
        ("data many 2 deep 0 y", 36),
        ("data last", 38),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_every_key_has_its_line(key, number, newline):
    document = parse_document(TEXT.replace("\n", newline), FILE)
    path = [part.replace("odd_name", "odd name") for part in key.split()]
    assert line(document, *path) == number


def test_a_key_that_is_not_there_has_the_place_of_what_is_around_it():
    document = parse_document("a = 1\n[b.c]\n", FILE)
    assert document.where(("b", "c", "d", "e")) == "recipe.toml:2"
    assert document.where(("b", "x")) == "recipe.toml:2"
    assert document.where(("x",)) == "recipe.toml"
    assert document.where(()) == "recipe.toml"


keys = st.text("ab-_ .\"'#[=é", min_size=1, max_size=4)
# A leaf is a function of its number, so that its line can be found by what only it contains.
leaves = st.sampled_from(
    [
        lambda mark: mark,
        lambda mark: -mark,
        lambda mark: float(mark),
        lambda mark: [[], mark, [1]],
        lambda mark: f'{mark}\n[table]\nkey = """',
        lambda mark: f"{mark} # '''",
        lambda mark: {"in line": [mark]},
    ]
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.dictionaries(keys, inner, max_size=4) | st.lists(st.dictionaries(keys, inner, max_size=3), max_size=3)
    ),
    max_leaves=25,
)


def numbered(tree: Any, marks: Any) -> Any:
    if callable(tree):
        return tree(next(marks))
    if isinstance(tree, dict):
        return {key: numbered(value, marks) for key, value in tree.items()}
    return [numbered(value, marks) for value in tree]


def marked(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Yield the path of each leaf, and the text that only its line has."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from marked(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from marked(part, (*path, str(index)))
    elif value != 1:
        yield path, str(value).lstrip("-")[:5]


@given(st.dictionaries(keys, trees, max_size=5))
def test_the_line_of_a_key_is_the_line_that_holds_it(tree):
    data = numbered(tree, itertools.count(10_000))
    text = tomlkit.dumps(data)
    try:
        assume(tomllib.loads(text) == data)  # what tomlkit has garbled is none of ours
    except tomllib.TOMLDecodeError:
        assume(False)
    document = parse_document(text, FILE)
    lines = text.split("\n")
    assert document.data == data
    for path, mark in marked(data):
        number = line(document, *path)
        assert mark in lines[number - 1]
        for length in range(1, len(path)):
            assert line(document, *path[:length]) <= number


@given(st.text(max_size=60) | st.text("[]{}\"=.#\n' a1", max_size=40))
def test_any_text_is_toml_or_a_recipe_error_with_its_place(text):
    refusal = None
    try:
        parse_document(text, FILE)
    except RecipeError as error:
        refusal = error.problems[0].where
    assert refusal is None or refusal.partition(":")[0] == str(FILE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb = \n", "recipe.toml:2: not TOML: Invalid value"),
        ("a = 1\na = 2\n", "recipe.toml:2: a is there twice, first in line 1"),
        ("[a]\n\n[a]\n", "recipe.toml:3: [a] is there twice, first in line 1"),
        ('a = """\n\n', "recipe.toml:3: not TOML: Unterminated string"),
        ("x = 1\na = 9223372036854775808", "recipe.toml:2: a is an integer of more than 64 bits"),
        ("a = [1, 0xffffffffffffffffff]", "recipe.toml:1: a.1 is an integer of more than 64 bits"),
        ("a = " + "9" * 5000, "recipe.toml:1: an endless number"),
        ("\na = " + "[" * 40 + "]" * 40, "recipe.toml:2: tables and lists nested more than 32 deep"),
        ("a = " + "[" * 5000 + "]" * 5000, "not TOML"),
        ("a = " + "{b = " * 200 + "1" + "}" * 200, "nested more than 32 deep"),
    ],
)
def test_a_mistake_in_toml_has_its_line(text, message):
    with pytest.raises(RecipeError) as caught:
        parse_document(text, FILE)
    assert message in str(caught.value)


def test_the_largest_and_smallest_integers_are_taken():
    assert parse_document(f"a = {2**63 - 1}\nb = {-(2**63)}", FILE).data == {"a": 2**63 - 1, "b": -(2**63)}


def test_a_byte_order_mark_is_skipped(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    document = read_document(path)
    assert document.data == {"a": 1, "b": 2}
    assert document.where(("b",)) == f"{path}:2"


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", "a = 'é'".encode("latin-1")])
def test_what_is_not_text_is_refused(tmp_path, content):
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match="not a text file"):
        read_document(path)


@pytest.mark.parametrize("name", ["missing.toml", ".", "x" * 300])
def test_what_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(RecipeError, match="cannot read the recipe"):
        read_document(tmp_path / name)


# -- overrides ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 1.5 ", 1.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("{ use = 'x' }", {"use": "x"}),
        ('"1"', "1"),
        ("cosine", "cosine"),
        ("dtn/identity", "dtn/identity"),
        ("a = b", "a = b"),
        ("", ""),
        ("[1", "[1"),
        ("1\nb = 2", "1\nb = 2"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_an_override_is_read_as_toml_or_else_as_a_string(text, value):
    assert parse_document("", FILE).override([f"a.b={text}"]).data == {"a": {"b": value}}


def test_overrides_replace_add_and_come_after_one_another():
    document = parse_document("[a]\nb = 1\nc = { d = 1 }\n", FILE)
    changed = document.override(["a.b=2", "a.c.d = 3", "x.y.z=4", "x.y.z=5"])
    assert changed.data == {"a": {"b": 2, "c": {"d": 3}}, "x": {"y": {"z": 5}}}
    assert document.data == {"a": {"b": 1, "c": {"d": 1}}}


def test_what_an_override_sets_has_the_override_as_its_place():
    document = parse_document("[a]\nb = { c = 1 }\nd = 1\n", FILE).override(["a.b=2", "x.y=3"])
    assert document.where(("a", "b")) == "--set a.b=2"
    assert document.where(("a", "b", "c")) == "--set a.b=2"
    assert document.where(("a", "d")) == "recipe.toml:3"
    assert document.where(("a",)) == "recipe.toml:1"
    assert document.where(("x",)) == "--set x.y=3"


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("a.b", "not of the form key=value", "--set train.steps=2000"),
        ("=1", "not of the form key=value", "--set train.steps=2000"),
        ("a..b=1", "not of the form key=value", "--set train.steps=2000"),
        ("a.b.c=1", "a.b is a value, not a table", "set a.b as a whole"),
        ("a.b.c.d=1", "a.b is a value, not a table", "set a.b as a whole"),
        ("a.x=9223372036854775808", "a.x is an integer of more than 64 bits", None),
    ],
)
def test_an_override_that_cannot_be_made_is_refused(text, message, fix):
    with pytest.raises(RecipeError) as caught:
        parse_document("[a]\nb = 1\n", FILE).override([text])
    assert message in str(caught.value)
    assert caught.value.problems[0].fix == fix
