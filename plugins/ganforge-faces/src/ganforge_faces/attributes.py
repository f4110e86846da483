"""The attributes of a synthetic face, and the one class index that stands for all of them.

A dataset has one label an image, so the attributes are the digits of a number in mixed radix: the first attribute is
the most significant digit. Everything that draws, predicts or compares attributes takes their order from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Attribute:
    """A visible trait of a face.

    Attributes:
        name: as in the names of numbers.
        values: names of its values, by their numbers.
    """

    name: str
    values: tuple[str, ...]


ATTRIBUTES = (
    Attribute("skin", ("light", "tan", "dark")),
    Attribute("hair", ("blond", "red", "brown", "black")),
    Attribute("length", ("short", "medium", "long")),
    Attribute("glasses", ("no-glasses", "glasses")),
    Attribute("beard", ("no-beard", "beard")),
    Attribute("brows", ("thin-brows", "thick-brows")),
    Attribute("mouth", ("neutral", "smiling")),
)
NAMES = tuple(attribute.name for attribute in ATTRIBUTES)
SIZES = tuple(len(attribute.values) for attribute in ATTRIBUTES)
CLASSES = math.prod(SIZES)
CLASS_NAMES = tuple("/".join(values) for values in product(*(attribute.values for attribute in ATTRIBUTES)))
"""Names of the classes by index, such as `light/blond/long/glasses/no-beard/thin-brows/smiling`."""


def to_classes(values: Integers) -> Integers:
    """Return the class indices, int64 [N], of values of the attributes, int64 [N, attributes].

    Example:
        >>> to_classes(np.array([[0, 0, 0, 0, 0, 0, 1], [2, 3, 2, 1, 1, 1, 1]])).tolist()
        [1, 575]
    """
    classes: Integers = np.ravel_multi_index(tuple(values.T), SIZES).astype(np.int64)
    return classes


def to_values(classes: Integers) -> Integers:
    """Return the values of the attributes, int64 [N, attributes], of class indices, int64 [N] in 0 .. CLASSES - 1.

    Example:
        >>> to_values(np.array([575])).tolist()
        [[2, 3, 2, 1, 1, 1, 1]]
    """
    return np.stack(np.unravel_index(classes, SIZES), axis=1).astype(np.int64)
