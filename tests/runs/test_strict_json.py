"""JSON values come back exactly, and what is not JSON is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.errors import RunError
from ganforge.runs import strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key != "$float"), inner),
    max_leaves=20,
)


def reject(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


@given(VALUES)
def test_values_come_back_exactly(value):
    # repr tells -0.0 from 0.0 and 1 from 1.0, shows every digit, and calls each NaN equal.
    assert repr(strict_json.loads(strict_json.dumps(value).encode())) == repr(value)


@given(VALUES)
def test_output_is_standard_json_on_one_line(value):
    text = strict_json.dumps(value)
    assert "\n" not in text
    assert text.isascii()
    json.loads(text, parse_constant=reject)


def test_non_finite_floats_are_named():
    assert (
        strict_json.dumps([math.nan, math.inf, -math.inf])
        == '[{"$float": "nan"}, {"$float": "inf"}, {"$float": "-inf"}]'
    )


def test_tuple_becomes_list_and_lone_surrogates_survive():
    assert strict_json.loads(strict_json.dumps({"betas": (0.5, "\ud800")}).encode()) == {"betas": [0.5, "\ud800"]}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, {2}]}, r"\$\.a\[1\] is a set"),
        ({"a": {1: 2}}, r"\$\.a has the key 1"),
        ({"$float": "nan"}, r"\$ has the key '\$float'"),
        ({"a": b"bytes"}, r"\$\.a is a bytes"),
        ([10**5000], "digits"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(value, place):
    with pytest.raises(RunError, match=place):
        strict_json.dumps(value)


def test_value_that_holds_itself_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(RunError, match="holds itself"):
        strict_json.dumps(loop)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b'{"$float": "huge"}', "is not a number"),
        (b'{"$float": []}', "is not a number"),
        (b'{"$float": "nan", "a": 1}', "is not a number"),
        (b'"\xff"', "can't decode"),
        (b"[" * 100_000, "nested too deeply"),
        ('"a"'.encode("utf-16"), "can't decode"),
    ],
    ids=lambda argument: repr(argument[:20]),
)
def test_foreign_text_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        strict_json.loads(text)
