"""Small charts of a study's runs: what they show, and where their lines lie."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ganforge.report.charts import Multiples, multiples
from ganforge.runs.journal import Journal
from ganforge.study.report.page import shown_rows, write_page
from ganforge.study.saved import StudyFolder


def drawn(folder: StudyFolder) -> list[Multiples]:
    results = folder.read()
    return multiples([(row.title, row.facts) for _, row in shown_rows(results)], results.study.metric)


def points(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def test_validation_comes_first_then_losses_and_monitors(maker: Any) -> None:
    found = drawn(maker.usual())
    assert [one.name for one in found] == ["transfer-accuracy, validation", "constancy", "d.accuracy"]
    assert [panel.title for panel in found[0].panels] == [
        "all of it",
        "without the loss",
        "by labels",
        "by a judge",
        "too fast",
    ]


def test_validation_is_the_mean_of_the_judges_that_count(maker: Any) -> None:
    found = drawn(maker.usual())[0]
    # Half of the last value after half of the steps; the lowest is 0.5 * 0.40, the highest 0.95, of all rows.
    assert (found.low, found.high, found.steps) == (0, pytest.approx(0.95), 400)
    curve = found.panels[0].curves[1] or []
    assert found.last(curve) == "92.00"
    assert points(found.lines(curve)[0]) == [
        (50, pytest.approx(60 * (1 - 0.46 / 0.95), abs=0.06)),
        (100, pytest.approx(60 * (1 - 0.92 / 0.95), abs=0.06)),
    ]
    # Without the circular judge.
    assert [found.last(curve or []) for curve in found.panels[3].curves.values()] == ["92.00", "93.00"]


def test_losses_of_several_orders_are_on_a_logarithmic_scale(maker: Any) -> None:
    found = drawn(maker.usual())[1]
    assert found.logarithmic
    line = points(found.lines(found.panels[0].curves[0] or [])[0])
    assert (len(line), line[0][1], line[-1][1]) == (20, 0, 60)
    # The loss is 90 / step^2.
    low, high = 90 / 400**2, 90 / 20**2
    assert line[9][1] == pytest.approx(60 * (1 - math.log(90 / 200**2 / low) / math.log(high / low)), abs=0.06)


def test_what_is_not_finite_interrupts_a_line(maker: Any) -> None:
    run = maker.run("one-0")
    with Journal(run.journal, pytest.fail) as journal:
        for step, value in ((20, 1.0), (40, math.nan), (60, 3.0)):
            journal.write({"event": "losses", "step": step, "other": value})
    maker.row("one", "one", {0: "one-0"})
    found = next(one for one in drawn(maker.written()) if one.name == "other")
    first, last = map(points, found.lines(found.panels[0].curves[0] or []))
    assert first == [(33.3, 40)] * 2  # from 0 to 3, and from step 0 to 60
    assert last == [(100, 0)] * 2


def test_warnings_mark_their_step(maker: Any) -> None:
    run = maker.run("one-0")
    with Journal(run.journal, pytest.fail) as journal:
        journal.write({"event": "warning", "step": 100, "name": "collapse", "text": "all alike"})
    maker.row("one", "one", {0: "one-0"})
    found = drawn(maker.written())
    ((seed, warned),) = found[0].panels[0].warnings
    assert (seed, found[0].x(warned.step), warned.text) == (0, "25.0", "all alike")
    assert "seed 0, step 100: all alike" in write_page(maker.folder).read_text(encoding="utf-8")
