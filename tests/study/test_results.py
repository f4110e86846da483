"""The best rows of a study: by the declared direction of its metric, of those without labels in their losses."""

from types import SimpleNamespace
from typing import Any

import pytest

from ganforge.meaning import Meanings
from ganforge.study.results import Results, Row, RunResult
from ganforge.study.schema import StudyTable

DISTANCE = {"unit": "distance", "better": "lower"}
SHARE = {"unit": "share", "better": "higher"}


def results(
    values: dict[str, float],
    meaning: dict[str, str],
    labelled: str = "",
    direction: str | None = None,
    part: str = "judge",
) -> Results:
    """Return the results of a study with one run a row."""

    def row(name: str, value: float) -> Row:
        metrics = {"labels_in_losses": ["labels"] if name == labelled else []}
        facts: Any = SimpleNamespace(metrics=metrics, meanings=Meanings.from_data({"m": meaning}))
        run = RunResult(name, "finished", "", {"test": {f"m/{part}": value}}, facts)
        return Row(name, name, "", "m", {}, {}, runs={0: run})

    study = StudyTable(name="s", base="base.toml", metric="m")
    return Results(study, tuple(row(*pair) for pair in values.items()), direction is not None, direction)


@pytest.mark.parametrize(
    ("values", "meaning", "best"),
    [
        ({"a": 3.0, "b": 2.0, "c": 4.0}, DISTANCE, ["b"]),
        ({"a": 0.3, "b": 0.2, "c": 0.4}, SHARE, ["c"]),
        ({"a": 0.4, "b": 0.2, "c": 0.4}, SHARE, ["a", "c"]),
        ({"a": 3.0, "b": float("nan"), "c": 4.0}, DISTANCE, ["a"]),
        ({"a": 3.0, "b": 3.0}, DISTANCE, []),
        ({"a": 3.0}, DISTANCE, []),
        ({"a": 3.0, "b": 2.0}, {"unit": "distance"}, []),
        ({"a": 3.0, "b": 2.0}, {}, []),
    ],
)
def test_the_declared_direction_tells_which_rows_are_best(values, meaning, best):
    assert [row.name for row in results(values, meaning).best("test")] == best


def test_rows_with_labels_in_their_losses_are_another_question():
    found = results({"a": 0.3, "b": 0.2, "c": 0.4}, SHARE, labelled="c")
    assert [row.name for row in found.best("test")] == ["a"]


def test_circular_numbers_are_not_ranked():
    found = results({"a": 0.3, "b": 0.2}, SHARE, part="judge (circular)")
    assert found.best("test") == []


def test_a_part_of_a_metric_is_a_metric_of_its_own():
    row = results({"a": 3.0}, DISTANCE, part="rank/first").rows[0]
    assert row.parts("test") == ["rank/first"]
    assert row.parts("test", "m/rank") == ["first"]
    assert row.parts("test", "m/ra") == []
    assert row.statistic("test", metric="m/rank").mean == 3
    assert row.statistic("test", metric="m/rank-shuffled") is None
    assert row.meaning("m/rank").unit == "distance"


def test_a_search_has_a_direction_of_its_own():
    found = results({"a": 3.0, "b": 2.0}, {}, direction="maximize")
    assert [row.name for row in found.best("test")] == ["a"]
