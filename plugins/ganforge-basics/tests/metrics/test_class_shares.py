"""Shares of classes with a judge of known answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganforge_basics.metrics.class_shares import class_shares

EVERY = np.arange(10.0).repeat(3)[:, None]


def test_real_images_have_every_class(measure: Any) -> None:
    found = measure(class_shares, EVERY[::-1], EVERY)
    assert found.pop("classes") == 10
    assert found.pop("smallest") == pytest.approx(0.1)
    assert found.pop("difference") == pytest.approx(0, abs=1e-12)
    assert found == pytest.approx({f"class-{label}": 0.1 for label in range(10)})


def test_what_a_generator_has_left_out_is_missing(measure: Any) -> None:
    found = measure(class_shares, np.array([[1.0], [1.0], [1.0], [4.0]]), EVERY)
    assert (found["classes"], found["smallest"]) == (2, 0)
    assert (found["class-1"], found["class-4"], found["class-0"]) == (0.75, 0.25, 0)
    # Half of |0.75 - 0.1| + |0.25 - 0.1| + 8 * 0.1.
    assert found["difference"] == pytest.approx(0.8)


def test_sets_without_a_class_in_common_differ_by_1(measure: Any) -> None:
    assert measure(class_shares, np.zeros((4, 1)), np.full((7, 1), 9.0))["difference"] == 1
