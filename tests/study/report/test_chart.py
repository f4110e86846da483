"""The chart of a study: where its marks lie."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ganforge.study.report.chart import Scale, charts


def percent(place: str) -> float:
    return float(place.removesuffix("%"))


def test_the_answers_images_come_first(maker: Any) -> None:
    found = charts(maker.usual().read())
    assert [chart.image_set for chart in found] == ["test", "validation", "test [batch]"]
    assert all(chart.scale.is_share for chart in found)
    assert [track.cell.text for track in found[0].tracks][:2] == ["91.00", "40.00"]


def test_marks_lie_where_their_numbers_are(maker: Any) -> None:
    chart = charts(maker.usual().read())[0]
    # From the untransferred 9 % to the circular 99 %, in steps of 20 %.
    assert chart.scale.labels() == [(f"{tick}.00%", str(tick)) for tick in (0, 20, 40, 60, 80, 100)]
    track = chart.tracks[0]
    assert [(percent(dot.x), dot.kind) for dot in track.dots] == [(91, 0), (89, 1), (94, 0), (90, 1)]
    assert track.dots[0].title == "seed 0, pooled: 91.00"
    assert track.mean == "91.00%"
    assert track.band is not None
    assert percent(track.band[0]) == pytest.approx(91 - 2**0.5, abs=0.01)
    assert percent(track.band[1]) == pytest.approx(2 * 2**0.5, abs=0.01)
    assert track.ceiling == ("96.00%", "encoder-accuracy 96.00")
    assert [(mark.x, mark.kind, mark.title) for mark in track.references] == [("90.66%", 0, "paper 90.66")]


def test_circular_dots_are_marked_and_out_of_the_mean(maker: Any) -> None:
    track = charts(maker.usual().read())[0].tracks[3]
    assert [dot.circular for dot in track.dots] == [False, True, False, True]
    assert track.mean == "92.50%"


def test_a_row_without_numbers_says_why(maker: Any) -> None:
    track = charts(maker.usual().read())[0].tracks[4]
    assert (track.dots, str(track.cell), track.mean) == ([], "failed", None)


def test_zoom_shows_the_better_half(maker: Any) -> None:
    chart = charts(maker.usual().read())[0]
    # Means 9.1, 40, 91, 92.5 and 94.5: the middle one lies above 80.
    assert chart.zoom == pytest.approx(5)
    assert [text for _, text in chart.fine] == ["80", "85", "90", "95", "100"]


def test_another_unit_has_no_place_on_the_scale(maker: Any) -> None:
    runs = maker.several("one", [{"pooled": 0.5}, {"pooled": 0.6}])
    maker.row("one", "one", runs)
    maker.row("other", "other", runs, metric="frechet-distance")
    assert charts(maker.written().read())[0].tracks[1].dots == []


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
