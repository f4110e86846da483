"""The trials of a search: all combinations of a grid, or distinct ones drawn at random, the same each time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.study.schema import SearchTable
from ganforge.study.search import extremes, is_possible, trials


def search(**fields):
    return SearchTable.model_validate(fields)


def test_a_grid_is_every_combination_once():
    found = trials(search(method="grid", keys={"a.b": [1, 2], "c.d": ["x", "y", "x"]}))
    assert found == [
        {"a.b": 1, "c.d": "x"},
        {"a.b": 1, "c.d": "y"},
        {"a.b": 2, "c.d": "x"},
        {"a.b": 2, "c.d": "y"},
    ]


def test_random_trials_are_the_same_each_time_and_more_of_them_begin_alike():
    keys = {"a.b": {"low": 1e-4, "high": 1e-2, "log": True}, "c.d": [16, 32, 64]}
    few, many = trials(search(trials=5, keys=keys)), trials(search(trials=9, keys=keys))
    assert few == trials(search(trials=5, keys=keys)) == many[:5]
    assert few != trials(search(trials=5, seed=1, keys=keys))
    assert len(many) == 9


def test_no_combination_is_drawn_twice_and_there_are_no_more_than_there_are():
    found = trials(search(trials=50, keys={"a.b": [1, 2], "c.d": [3, 4, 5]}))
    assert len(found) == 6
    assert len({tuple(trial.values()) for trial in found}) == 6


@given(st.integers(0, 99), st.floats(1e-6, 1e3), st.floats(1.001, 1e4), st.booleans())
def test_drawn_numbers_are_within_their_range_and_short(seed, low, factor, log):
    high = low * factor
    keys = {"a.b": {"low": low, "high": high, "log": log}}
    for trial in trials(search(trials=3, seed=seed, keys=keys)):
        value = trial["a.b"]
        assert low <= value <= high
        assert value in (low, high) or len(f"{value:.3e}") >= len(f"{float(f'{value:.4g}'):.3e}")


def test_logarithmic_draws_are_spread_over_orders_of_magnitude():
    keys = {"a.b": {"low": 1e-6, "high": 1.0, "log": True}}
    drawn = [trial["a.b"] for trial in trials(search(trials=600, keys=keys))]
    for exponent in range(-6, 0):
        share = sum(10.0**exponent <= value < 10.0 ** (exponent + 1) for value in drawn) / len(drawn)
        assert abs(share - 1 / 6) < 4 * math.sqrt(5 / 36 / 600)


@pytest.mark.parametrize("log", [True, False])
def test_whole_ends_give_whole_numbers_and_both_ends_are_drawn(log):
    drawn = {trial["a.b"] for trial in trials(search(trials=4, keys={"a.b": {"low": 3, "high": 6, "log": log}}))}
    assert drawn == {3, 4, 5, 6}
    assert all(type(value) is int for value in drawn)


def test_an_adaptive_search_starts_with_the_first_random_trials():
    keys = {"a.b": {"low": 1e-4, "high": 1e-2, "log": True}, "c.d": [16, 32, 64]}
    assert trials(search(method="tpe", trials=40, startup=5, keys=keys)) == trials(search(trials=9, keys=keys))[:5]
    assert len(trials(search(method="tpe", trials=40, keys=keys))) == 10


def test_the_extremes_are_every_value_of_a_list_and_both_ends_of_a_range():
    keys = {"a.b": {"low": 1, "high": 0.5e3}, "c.d": ["x", "y", "z"], "e.f": {"low": 2, "high": 9}}
    table = search(method="tpe", trials=40, keys=keys)
    found = extremes(table)
    assert len(found) == 3
    assert {key: {changes[key] for changes in found} for key in keys} == {
        "a.b": {1.0, 500.0},
        "c.d": {"x", "y", "z"},
        "e.f": {2, 9},
    }
    assert all(is_possible(table, changes) for changes in found)
