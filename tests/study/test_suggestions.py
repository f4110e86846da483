"""Suggestions of Optuna's sampler, which is an extra."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganforge
from ganforge.study.adaptive import suggest_changes
from ganforge.study.schema import SearchTable
from ganforge.study.search import identity, is_possible, trials

MIXED = {
    "a.lr": {"low": 1e-4, "high": 1e-1, "log": True},
    "a.width": {"low": 2, "high": 40},
    "a.name": ["x", 1, True, {"use": "y"}],
}


def search(keys, **fields):
    return SearchTable.model_validate({"method": "tpe", "trials": 50, "keys": keys, **fields})


def tried(table, score):
    """Return the trials that a search starts with, with their scores."""
    return [(changes, score(changes)) for changes in trials(table)]


def sequence(table, score, count):
    """Return the trials after `count` suggestions, one after the other."""
    known = tried(table, score)
    for _ in range(count):
        changes = suggest_changes(table, known)
        if changes is not None:
            known.append((changes, score(changes)))
    return [changes for changes, _ in known]


def test_a_suggestion_is_a_function_of_the_search_and_of_the_trials_so_far():
    table = search(MIXED)
    known = tried(table, lambda changes: changes["a.lr"])
    assert suggest_changes(table, known) == suggest_changes(table, known)
    assert suggest_changes(table, known) != suggest_changes(search(MIXED, seed=1), known)
    assert suggest_changes(table, known) != suggest_changes(table, known[:-1])
    assert sequence(table, lambda changes: changes["a.lr"], 5) == sequence(table, lambda changes: changes["a.lr"], 5)


ends = st.one_of(
    st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(lambda ends: (ends[0], ends[0] + ends[1])),
    st.tuples(st.floats(1e-6, 1e3), st.floats(1.001, 1e4)).map(lambda ends: (ends[0], ends[0] * ends[1])),
    st.tuples(st.integers(1, 100), st.floats(100.5, 1e4)),
)
scores = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=3, max_size=12)


@settings(max_examples=40, deadline=None)
@given(ends, st.booleans(), st.integers(0, 99), scores)
def test_suggestions_are_within_the_search_and_never_the_same(ends, log, seed, scores):
    keys = {"a.b": {"low": ends[0], "high": ends[1], "log": log}, "c.d": [[1], "x", None]}
    table = search(keys, startup=3, seed=seed)
    given = iter(scores)
    found = sequence(table, lambda changes: next(given), len(scores) - 3)
    assert len({identity(changes) for changes in found}) == len(found)
    for changes in found:
        assert is_possible(table, changes)
        number = changes["a.b"]
        assert type(number) is (int if all(type(end) is int for end in ends) else float)
        assert number in ends or type(number) is int or number == float(f"{number:.4g}")


def test_a_trial_without_a_score_counts_as_the_worst():
    table = search(MIXED, startup=20, trials=40)
    whole = tried(table, lambda changes: changes["a.width"])
    failed = [(changes, None if index % 3 == 0 else score) for index, (changes, score) in enumerate(whole)]
    worst = [(changes, -1e9 if score is None else score) for changes, score in failed]
    assert suggest_changes(table, failed) == suggest_changes(table, worst) != suggest_changes(table, whole)
    assert suggest_changes(table, [(changes, None) for changes, _ in whole]) is not None


def test_it_goes_where_the_scores_are_high():
    def mean(sign):
        tables = [search({"a.b": {"low": 0.0, "high": 1.0}}, startup=20, seed=seed) for seed in range(10)]
        found = [suggest_changes(table, tried(table, lambda changes: sign * changes["a.b"])) for table in tables]
        return sum(changes["a.b"] for changes in found) / len(found)

    assert mean(-1) < 0.3 < 0.7 < mean(1)


def test_all_combinations_are_found_and_then_there_is_nothing_to_suggest():
    table = search({"a.b": [1, 2, 3], "c.d": {"low": 1, "high": 3}}, startup=2)
    known = tried(table, lambda changes: changes["a.b"])
    while (changes := suggest_changes(table, known)) is not None:
        known.append((changes, changes["a.b"]))
    assert len(known) == len({identity(changes) for changes, _ in known}) == 9


def test_optuna_is_imported_only_to_suggest():
    files = [file for file in Path(ganforge.__file__).parent.rglob("*.py") if "import optuna" in file.read_text()]
    assert [file.name for file in files] == ["adaptive.py"]
    program = """
import sys
from ganforge.study import adaptive
from ganforge.study.adaptive import suggest_changes
from ganforge.study.schema import SearchTable
from ganforge.study.search import trials
fields = {"trials": 4, "keys": {"a.b": {"low": 1, "high": 9}}}
known = trials(SearchTable.model_validate(fields))
table = SearchTable.model_validate({**fields, "method": "tpe", "startup": 2})
assert trials(table) == known[:2]
assert adaptive.is_installed() and "optuna" not in sys.modules
adaptive.suggest_changes(table, [(changes, 0.0) for changes in known[:2]])
assert "optuna" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "changes",
    [{}, {"a.b": 0, "c.d": 1}, {"a.b": 2.5, "c.d": 1}, {"a.b": 2, "c.d": 2}, {"a.b": 2, "c.d": 1, "e.f": 0}],
)
def test_what_a_search_cannot_have_tried(changes):
    table = search({"a.b": {"low": 1, "high": 3}, "c.d": [1, 3]})
    assert is_possible(table, {"a.b": 2, "c.d": 1})
    assert not is_possible(table, changes)
