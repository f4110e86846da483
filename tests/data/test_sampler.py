"""The batch of step n is a function of (seed, n), and every image is drawn equally often."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.data.sampler import Sampler

counts = st.integers(1, 40)
sizes = st.integers(1, 60)
seeds = st.integers(0, 2**63 - 1)


def stream(sampler, steps):
    return np.concatenate([sampler.indices(step) for step in range(steps)])


@given(counts, sizes, seeds)
@settings(deadline=None)
def test_each_pass_holds_every_image_once(count, size, seed):
    sampler = Sampler(count, size, seed)
    drawn = stream(sampler, -(-3 * count // size))[: 3 * count]
    for start in range(0, 3 * count, count):
        assert sorted(drawn[start : start + count]) == list(range(count))


@given(counts, sizes, seeds, st.lists(st.integers(0, 200), max_size=8))
@settings(deadline=None)
def test_a_batch_depends_on_nothing_that_was_asked_before(count, size, seed, asked):
    sampler = Sampler(count, size, seed)
    for step in asked:
        sampler.indices(step)
    for step in (17, 3):
        batch = sampler.indices(step)
        assert batch.shape == (size,)
        assert batch.dtype == np.int64
        assert np.array_equal(batch, Sampler(count, size, seed).indices(step))


def test_passes_and_seeds_differ():
    drawn = stream(Sampler(100, 50, seed=1), 4)
    assert not np.array_equal(drawn[:100], drawn[100:])
    assert not np.array_equal(drawn[:100], stream(Sampler(100, 50, seed=2), 2))


@pytest.mark.parametrize("step", [0, 10**6])
def test_late_steps_keep_no_more_than_two_permutations(step):
    sampler = Sampler(10, 7, seed=0)
    for number in range(step, step + 20):
        sampler.indices(number)
    assert sampler._permutation.cache_info().currsize <= 2
