"""Foreign text as messages show it: no control character, no turned line, no endless name."""

from __future__ import annotations

import unicodedata

import pytest

from ganforge.errors import DataError, Problem, RecipeError
from ganforge.printable import LONGEST, LONGEST_MESSAGE, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photo.png", "photo.png"),
        ("Grüße, 写真 😀.png", "Grüße, 写真 😀.png"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x7f\x9b31m\0", r"\x7f\x9b31m\x00"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("\u2028\u2029\u2066\u200f", r"\u2028\u2029\u2066\u200f"),
        ("\udcff.png", r"\udcff.png"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.promise("Control characters in foreign names and answers reach a terminal as escapes.", about="stranger")
def test_every_control_character_and_no_letter_is_escaped() -> None:
    for code in range(0x3000):
        character = chr(code)
        controls = unicodedata.category(character) in ("Cc", "Zl", "Zp")
        turns = unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        escaped = printable(character) != character
        assert escaped >= (controls or turns)
        assert not (escaped and unicodedata.category(character)[0] in "LNPSM")


def test_long_text_keeps_its_ends() -> None:
    shown = printable("begin" + "x" * 10**6 + "end")
    assert len(shown) < LONGEST + 10
    assert shown.startswith("begin")
    assert shown.endswith("end")
    assert printable("x" * 10**6, None) == "x" * 10**6


def test_every_error_is_safe_to_print() -> None:
    evil = "\x1b]0;owned\x07\u202e"
    for error in (DataError(evil, where=evil, fix=evil), RecipeError([Problem("k", evil, evil, evil)])):
        shown = str(error).replace("\n", "")
        assert shown.isprintable()
        assert r"\x1b]0;owned\x07" in shown
    assert len(str(DataError("x" * 10**6, fix="y" * 10**6))) < 3 * LONGEST_MESSAGE
