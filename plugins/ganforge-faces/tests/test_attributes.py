"""The index that stands for all attributes of a face."""

import itertools

import numpy as np

from ganforge_faces.attributes import ATTRIBUTES, CLASS_NAMES, CLASSES, to_classes, to_values


def test_classes_count_through_the_values_with_the_last_attribute_first():
    rows = list(itertools.product(*(range(len(attribute.values)) for attribute in ATTRIBUTES)))
    assert to_classes(np.array(rows)).tolist() == list(range(CLASSES)) == list(range(576))
    assert to_values(np.arange(CLASSES)).tolist() == [list(row) for row in rows]


def test_the_name_of_a_class_lists_its_values():
    for index in (0, 1, 100, 575):
        values = to_values(np.array([index]))[0]
        words = [attribute.values[value] for attribute, value in zip(ATTRIBUTES, values, strict=True)]
        assert CLASS_NAMES[index].split("/") == words
    assert len(set(CLASS_NAMES)) == CLASSES
