"""Suggestions for unknown names."""

import pytest

from ganforge.suggest import suggest


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("consine", ["cosine", "mse"], "did you mean 'cosine'?"),
        ("nothing like it", ["cosine", "mse"], None),
        ("cosine", [], None),
        ("COS", {"COS": "cosine"}, "did you mean 'cosine'?"),
    ],
)
def test_names_spelt_alike_are_proposed(name, known, expected):
    assert suggest(name, known) == expected


def test_several_names_may_be_proposed():
    assert suggest("run-1", ["run-2", "run-3", "other"], count=2) == "did you mean 'run-3' or 'run-2'?"


def test_the_cutoff_decides_what_is_close():
    assert suggest("ab", ["abcd"], cutoff=0.6) == "did you mean 'abcd'?"
    assert suggest("ab", ["abcd"], cutoff=0.7) is None
