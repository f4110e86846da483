"""The sample grid shows the same inputs every time, beside what the networks make of them by then."""

import numpy as np
import pytest

from ganforge.measuring.evaluator import Evaluator
from ganforge.report.pictures import GAP, SCALE
from ganforge.training.samples import SampleGrid


@pytest.fixture
def stepper(workshop):
    return workshop.stepper(workshop.recipe())


def grid(stepper, images, count=32):
    data = {role: batches.set for role, batches in stepper.batches.items()}
    return SampleGrid(Evaluator(stepper.plan, data, {}, stepper.settings), images, count)


def left_halves(picture, count, size=16):
    """The inputs of a grid of one row."""
    side, width = size * SCALE, 2 * size * SCALE + 3 * GAP
    cells = [picture[GAP : GAP + side, index * width + GAP :][:, :side] for index in range(count)]
    return np.stack([cell[::SCALE, ::SCALE] for cell in cells])


def test_inputs_are_spread_evenly_over_the_set(workshop, stepper):
    images = workshop.images("validation", 50, 3)
    picture = grid(stepper, images, 8).picture(stepper.parts.evaluated())
    assert np.array_equal(left_halves(picture, 8), images.images[[0, 7, 14, 21, 28, 35, 42, 49]])


def test_a_small_set_is_shown_whole(workshop, stepper):
    images = workshop.images("validation", 3, 3)
    picture = grid(stepper, images).picture(stepper.parts.evaluated())
    assert np.array_equal(left_halves(picture, 3), images.images)


def test_outputs_change_with_training_and_inputs_do_not(workshop, stepper):
    samples = grid(stepper, workshop.images("validation", 8, 3))
    before = samples.picture(stepper.parts.evaluated())
    assert np.array_equal(samples.picture(stepper.parts.evaluated()), before)
    for number in range(5):
        stepper.step(number)
    after = samples.picture(stepper.parts.evaluated())
    assert not np.array_equal(after, before)
    assert np.array_equal(left_halves(after, 8), left_halves(before, 8))
