"""Differences between two resolved recipes."""

from __future__ import annotations

import pytest

from ganforge.recipe.difference import differences


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({}, {}, []),
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, []),
        ({"a": {"b": [1, 2]}}, {"a": {"b": (1, 2)}}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, ["a.b: 1 -> 3"]),
        ({"b": 1, "a": "x"}, {"a": "y"}, ['a: "x" -> "y"', "b: 1 -> nothing"]),
        ({"a": {}}, {}, ["a: {} -> nothing"]),
        ({"a": {"b": 1}}, {"a": 2}, ["a: nothing -> 2", "a.b: 1 -> nothing"]),
    ],
)
def test_each_difference_is_a_line(before, after, lines):
    assert differences(before, after) == lines
