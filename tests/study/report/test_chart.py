"""The chart of a study: where its marks lie."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ganforge.study.report.chart import Scale, charts
from ganforge.study.report.page import write_page


def drawn(maker: Any) -> list[list[str]]:
    """Return the markup of each row of each chart."""
    source = write_page(maker.folder).read_text(encoding="utf-8")
    found = re.findall(r'<div class="rows dots".*?<div class="scale"', source, re.DOTALL)
    return [re.findall(r'<div role="row".*?</div>', text, re.DOTALL) for text in found]


def places(row: str, mark: str, attribute: str = "x1") -> list[float]:
    """Return the positions of marks in percent of the width."""
    return [float(text) for text in re.findall(rf'<{mark}[^>]* {attribute}="([\d.]+)%"', row)]


def test_the_answers_images_come_first(maker: Any) -> None:
    found = charts(maker.usual().read())
    assert [chart.image_set for chart in found] == ["test", "validation", "test [batch]"]
    assert all(chart.scale.is_share for chart in found)
    assert "<b>91.00&nbsp;%</b> <small>± 1.41</small>" in drawn(maker)[0][0]
    assert "<b>40.00&nbsp;%</b>" in drawn(maker)[0][1]


def test_marks_lie_where_their_numbers_are(maker: Any) -> None:
    results = maker.usual().read()
    chart = charts(results)[0]
    # From the untransferred 9 % to the circular 99 %, in steps of 20 %.
    assert chart.scale.labels() == [(f"{tick}.00%", str(tick)) for tick in (0, 20, 40, 60, 80, 100)]
    dots = list(chart.dots(results.rows[0]))
    assert [(dot.value, dot.lane) for dot in dots] == [(0.91, 0), (0.89, 1), (0.94, 0), (0.9, 1)]
    assert dots[0].title == "seed 0, pooled: 91.00"
    row = drawn(maker)[0][0]
    assert places(row, "circle", "cx") == [91, 89, 94, 90]
    assert re.findall(r'<circle class="(\w+)"[^>]* cy="(\d+)"', row) == 2 * [("c0", "9"), ("c1", "16")]
    assert places(row, 'line class="mean"') == [91]
    assert places(row, 'rect class="band"', "x") == pytest.approx([91 - 2**0.5], abs=0.01)
    assert places(row, 'rect class="band"', "width") == pytest.approx([2 * 2**0.5], abs=0.01)
    assert places(row, 'line class="bound"') == [96]
    assert "<title>encoder-accuracy 96.00</title>" in row
    assert places(row, "svg", "x") == [90.66]
    assert "<title>paper 90.66</title>" in row


def test_circular_dots_are_marked_and_out_of_the_mean(maker: Any) -> None:
    maker.usual()
    row = drawn(maker)[0][3]
    assert re.findall(r'<circle class="(\w+)"', row) == ["c0", "circular", "c0", "circular"]
    assert places(row, 'line class="mean"') == [92.5]


def test_a_row_without_numbers_says_why(maker: Any) -> None:
    maker.usual()
    row = drawn(maker)[0][4]
    assert "<circle" not in row
    assert places(row, 'line class="mean"') == []
    assert re.search(r'class="number"><small>failed</small>', row)


def test_zoom_shows_the_better_half(maker: Any) -> None:
    chart = charts(maker.usual().read())[0]
    # Means 9.1, 40, 91, 92.5 and 94.5: the middle one lies above 80.
    assert chart.zoom == pytest.approx(5)
    assert [text for _, text in chart.scale.labels(chart.upper.ticks())] == ["80", "85", "90", "95", "100"]


def test_another_unit_has_no_place_on_the_scale(maker: Any) -> None:
    runs = maker.several("one", [{"pooled": 0.5}, {"pooled": 0.6}])
    maker.row("one", "one", runs)
    maker.row("other", "other", runs, metric="frechet-distance")
    results = maker.written().read()
    assert list(charts(results)[0].dots(results.rows[1])) == []
    assert not re.search('<circle|class="(mean|band|bound|reference)"', drawn(maker)[0][1])


def test_nothing_measured_is_no_chart(maker: Any) -> None:
    maker.row("one", "one", {0: "one-0"}, status="not run")
    assert charts(maker.written().read()) == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.booleans())
@example([1e6], True)
@example([0.0], True)
def test_a_scale_holds_its_values_between_round_ends(values: list[float], share: bool) -> None:
    if share:
        values = [abs(value) / 1e6 for value in values]
    scale = Scale.around(values, share)
    wide = scale.high - scale.low
    assert wide > 0
    assert min(values) >= scale.low - 1e-6 * wide
    assert max(values) <= scale.high + 1e-6 * wide
    assert 2 <= len(scale.ticks()) <= 9
