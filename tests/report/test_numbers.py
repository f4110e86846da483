from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ganforge.report.numbers import share


@given(st.integers(1, 30_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    successes, images = counted
    found = share(successes / images, images)
    expected = binomtest(successes, images).proportion_ci(0.95, "wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_as_many_decimals_as_the_images_carry() -> None:
    assert share(0.9066, 26_032).percent(0.9066) == "90.66"
    assert share(0.952, 1000).percent(0.952) == "95.2"
