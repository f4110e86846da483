"""Which images are trained on, measured and compared with."""

from __future__ import annotations

from typing import Any

import pytest

from ganforge.engine.stages import load_data, measure_sets
from ganforge.errors import DataError
from ganforge.measuring.evaluator import Evaluator
from ganforge.measuring.image_sets import sort_images
from ganforge.quantities.inputs import Inputs

HELD_OUT = ("[networks.encoder]", '[data.test-target]\nuse = "basics/npz"\npath = "writing.npz"\n[networks.encoder]')


def sets_of(workshop: Any, recipe: Any) -> Any:
    return sort_images(recipe, load_data(recipe, workshop.place))


def test_tables_of_roles_are_trained_on_and_test_tables_measured(workshop: Any) -> None:
    sets = sets_of(workshop, workshop.recipe())
    assert {role: len(images) for role, images in sets.training.items()} == {"source": 48, "target": 50}
    assert {name: len(images) for name, images in sets.measured.items()} == {"validation": 12, "test": 30}
    assert sets.held_out is None


def test_held_out_images_of_the_target_are_compared_with_and_not_measured(workshop: Any) -> None:
    sets = sets_of(workshop, workshop.changed(HELD_OUT))
    assert sets.held_out.name == "test-target"
    assert list(sets.measured) == ["validation", "test"]


def test_they_are_prepared_as_the_target_is(workshop: Any) -> None:
    text = '[data.target]\nresize = 8\nnormalize = "unit"'
    sets = sets_of(workshop, workshop.changed(HELD_OUT, ("[data.target]", text)))
    assert sets.held_out.images.shape == (50, 8, 8, 1)
    assert sets.held_out.normalization == sets.training["target"].normalization != sets.test["test"].normalization


def test_they_must_be_of_the_target_s_size(workshop: Any) -> None:
    recipe = workshop.changed((HELD_OUT[0], HELD_OUT[1].replace('z"\n[net', 'z"\nresize = 8\n[net')))
    with pytest.raises(DataError, match=r"\[data.test-target\] is \[8, 8, 1\] an image, and \[data.target\] is"):
        sets_of(workshop, recipe)


def test_validation_is_compared_with_training_images(workshop: Any) -> None:
    class Spy(Evaluator):
        def __init__(self) -> None:
            self.calls: list[Any] = []
            self.method = workshop.recipe().method_class

        def measure(
            self, networks: Any, images: Any, mode: Any = None, watch: Any = None, targets: Any = None, *_: Any
        ) -> Any:
            self.calls.append((images.name, targets and targets.name))
            return {}

        def inputs(self, sets: Any) -> Any:
            return {name: Inputs(name, images, {}) for name, images in sets.measured.items()}

    spy = Spy()
    measure_sets(spy, {}, sets_of(workshop, workshop.changed(HELD_OUT)), "running")
    assert spy.calls == [("validation", None), ("test", "test-target")]
