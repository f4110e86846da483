"""Values of schedules at their breakpoints."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge_basics.schedulers import between, constant, cosine, exponential, linear_decay, multistep, ramp


def test_constant_is_one() -> None:
    assert [constant(step, 10) for step in (0, 5, 9, 100)] == [1.0] * 4


def test_ramp_rises_in_a_straight_line_and_stays() -> None:
    assert [ramp(step, 100, length=4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert ramp(0, 100, length=1) == 1.0


def test_cosine_falls_from_one_to_final() -> None:
    assert cosine(0, 100) == 1.0
    assert cosine(25, 100) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert cosine(50, 100) == pytest.approx(0.5)
    assert cosine(99, 100) > 0
    assert cosine(100, 100) == cosine(500, 100) == pytest.approx(0)
    assert cosine(50, 100, final=0.2) == pytest.approx(0.6)
    assert cosine(100, 100, final=0.2) == pytest.approx(0.2)


def test_cosine_warms_up_first() -> None:
    assert [cosine(step, 100, warmup=4) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert cosine(4, 100, warmup=4) == 1.0
    assert cosine(52, 100, warmup=4) == pytest.approx(0.5)


def test_a_warmup_as_long_as_the_training_is_only_a_warmup() -> None:
    assert [cosine(step, 4, warmup=4) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert cosine(4, 4, warmup=4, final=0.5) == pytest.approx(0.5)


def test_linear_decay_keeps_the_base_value_until_its_start() -> None:
    assert [linear_decay(step, 8) for step in range(9)] == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]
    assert linear_decay(4, 8, start=0.0, final=0.5) == pytest.approx(0.75)
    assert linear_decay(7, 8, start=1.0) == 1.0
    assert linear_decay(8, 8, start=1.0, final=0.25) == 0.25
    assert linear_decay(80, 8, final=0.25) == 0.25


def test_multistep_applies_the_factor_at_each_milestone() -> None:
    factors = [multistep(step, 100, milestones=[2, 4], factor=0.1) for step in range(6)]
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    assert multistep(3, 100, milestones=[4, 2]) == pytest.approx(0.1), "the order of the milestones is no matter"
    assert multistep(50, 100, milestones=[]) == 1.0
    assert multistep(1, 10, milestones=[1], factor=0.0) == 0.0


def test_exponential_multiplies_by_the_factor_every_so_often() -> None:
    assert exponential(0, 100, factor=0.5, every=10) == 1.0
    assert exponential(10, 100, factor=0.5, every=10) == pytest.approx(0.5)
    assert exponential(5, 100, factor=0.5, every=10) == pytest.approx(math.sqrt(0.5))
    assert exponential(30, 100, factor=0.5, every=10) == pytest.approx(0.125)


@given(
    step=st.integers(0, 2000),
    steps=st.integers(1, 1000),
    warmup=st.integers(0, 1200),
    start=st.floats(0, 1),
    final=st.floats(0, 1),
)
def test_decays_stay_between_final_and_one(step: int, steps: int, warmup: int, start: float, final: float) -> None:
    assert 0 < ramp(step, steps, length=warmup + 1) <= 1
    assert final - 1e-9 <= linear_decay(step, steps, start=start, final=final) <= 1 + 1e-9
    if step >= warmup:
        assert final - 1e-9 <= cosine(step, steps, warmup=warmup, final=final) <= 1 + 1e-9


@given(step=st.integers(0, 998), warmup=st.integers(0, 500))
def test_after_the_warmup_a_cosine_never_rises(step: int, warmup: int) -> None:
    if step >= warmup:
        assert cosine(step + 1, 999, warmup=warmup) <= cosine(step, 999, warmup=warmup)


@pytest.mark.parametrize("shape", ["linear", "cosine", "geometric"])
def test_between_goes_from_start_to_end_and_stays(shape: Literal["linear", "cosine", "geometric"]) -> None:
    values = [between(step, 100, start=0.1, end=0.9, length=40, shape=shape) for step in range(100)]
    assert values[0] == pytest.approx(0.1)
    assert values[40:] == pytest.approx([0.9] * 60)
    assert values[:41] == sorted(values[:41])


def test_between_has_its_middle_where_its_shape_says() -> None:
    assert between(50, 100, start=0.2, end=0.8) == pytest.approx(0.5)
    assert between(50, 100, start=0.2, end=0.8, shape="cosine") == pytest.approx(0.5)
    assert between(25, 100, start=0.0, end=1.0, shape="cosine") == pytest.approx((1 - math.sqrt(0.5)) / 2)
    assert between(50, 100, start=0.2, end=0.8, shape="geometric") == pytest.approx(0.4)
