from __future__ import annotations

import math

import pytest

from ganforge.meaning import Meaning, Meanings
from ganforge.report.charts import MOST_POINTS, charts

METRICS = Meanings({"transfer-accuracy": Meaning("share", "higher"), "d": Meaning("share")})
LOSSES = Meanings({"d.accuracy": Meaning("share"), "d": Meaning("loss")})


def test_what_belongs_on_one_scale_is_together() -> None:
    records = [
        {"event": "losses", "step": 1, "d": 1.0, "d.accuracy": 0.5},
        {"event": "validation", "step": 1, "transfer-accuracy/a": 0.5, "frechet-distance": 20.0},
        {"event": "test", "step": 1, "set": "test", "accuracy": 0.1},
    ]
    found = {chart["id"]: [curve["name"] for curve in chart["curves"]] for chart in charts(records, METRICS, LOSSES)}
    assert found == {
        "losses": ["d"],
        "monitors": ["d.accuracy"],
        "validation": ["transfer-accuracy/a"],
        "validation-scores": ["frechet-distance"],
    }


def test_long_curves_are_thinned_to_means() -> None:
    records = [{"event": "losses", "step": step, "d": float(step % 2)} for step in range(4 * MOST_POINTS)]
    (curve,) = charts(records, METRICS, LOSSES)[0]["curves"]
    assert len(curve["steps"]) == len(curve["values"]) == MOST_POINTS
    assert curve["mean_of"] == 4
    assert curve["steps"][-1] == 4 * MOST_POINTS - 1
    assert curve["values"] == [0.5] * MOST_POINTS


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_gaps(value: float) -> None:
    records = [{"event": "losses", "step": 1, "d": 1.0}, {"event": "losses", "step": 2, "d": value}]
    assert charts(records, METRICS, LOSSES)[0]["curves"][0]["values"] == [1.0, None]


def test_odd_records_are_passed_over() -> None:
    records = [{}, {"event": "losses"}, {"event": "losses", "step": "x", "d": 1.0}, {"event": "losses", "step": 1}]
    records += [{"event": "losses", "step": 1, "flag": True, "text": "x"}]
    assert charts(records, METRICS, LOSSES) == []
