"""Traits of faces by simple estimators: colours of regions where aligned faces have skin and hair.

They read what anyone can check with a ruler: the middle of the face, the top of the head, and both sides below the
ears. Faces must be aligned, and heads cut out before a white background.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ganforge.errors import DataError
from ganforge.judge import CIRCULAR
from ganforge.method import metric
from ganforge_basics.metrics.features import Pictures
from ganforge_faces.controls import strangers

Trait = npt.NDArray[np.float64]
WHITE = 240
"""Least value of all channels of a background pixel."""
FACE = (0.42, 0.57, 0.58, 0.66)
TOP = (0.42, 0.06, 0.58, 0.14)
SIDES = ((0.04, 0.70, 0.24, 0.88), (0.76, 0.70, 0.96, 0.88))
"""Regions as shares of width and height: left, top, right, bottom."""


@metric(unit="ratio", better={"skin": "higher", "hair": "higher", "length": "higher"})
def traits(
    inputs: Pictures,
    outputs: Pictures,
    *,
    lower: Annotated[float, Field(ge=-0.3, le=0.3)] = 0.03,
    circular: bool = True,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, float]:
    """Measure the agreement of photographs and outputs on three traits: Spearman's rank correlation, from -1 to 1.

    `skin` compares the median brightness in the middle of the face, `hair` that at the top of the head, and `length`
    the share of both sides below the ears that is not white background. `-shuffled` pairs outputs with other
    photographs: chance. A trait that is the same for all photographs, or for all outputs, agrees by 0.

    Args:
        inputs: the photographs, uint8 [N, H, W, C].
        outputs: their avatars, uint8 [N, H, W, C].
        lower: how much lower faces are in outputs than in photographs, as a share of the height.
        circular: mark the numbers as proving nothing, as is right where f reads colours: skin and hair are colours.
        seed: seed of the shuffled pairs.

    Raises:
        DataError: there are fewer than two images.
    """
    if len(inputs) < 2:
        raise DataError("one image has no rank among others", fix="measure at least two images")
    shuffled = strangers(len(inputs), seed)
    values: dict[str, float] = {}
    for name, trait in TRAITS.items():
        of_inputs, of_outputs = trait(inputs, 0), trait(outputs, lower)
        values[name + CIRCULAR * circular] = spearman(of_inputs, of_outputs)
        values[f"{name}-shuffled"] = spearman(of_inputs, of_outputs[shuffled])
    return values


def spearman(first: Trait, second: Trait) -> float:
    """Return Spearman's rank correlation of two rows of values [N]; 0 if either has equal values only.

    Equal values share the mean of their ranks (Spearman, 1904).

    Example:
        >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
        1.0
    """
    one, other = (ranks - ranks.mean() for ranks in map(_ranks, (first, second)))
    scale = np.sqrt((one @ one) * (other @ other))
    return float(np.clip(one @ other / scale, -1, 1)) if scale > 0 else 0.0


def _ranks(values: Trait) -> Trait:
    """Return ranks from 1; equal values share the mean of theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    found: Trait = (last - (counts - 1) / 2)[where]
    return found


def _skin(images: Pictures, lower: float) -> Trait:
    return _brightness(images, FACE, lower)


def _hair(images: Pictures, lower: float) -> Trait:
    # Heads end at the same height in photographs and avatars, only faces do not.
    return _brightness(images, TOP, 0)


def _length(images: Pictures, lower: float) -> Trait:
    sides = [(_region(images, side, 0) < WHITE).any(-1).mean((1, 2)) for side in SIDES]
    found: Trait = np.mean(sides, axis=0)
    return found


def _brightness(images: Pictures, share: tuple[float, float, float, float], lower: float) -> Trait:
    """Return the mean over channels of the median of a region."""
    found: Trait = np.median(_region(images, share, lower), axis=(1, 2)).mean(-1)
    return found


def _region(images: Pictures, share: tuple[float, float, float, float], lower: float) -> Pictures:
    """Return a region of images, given as shares of width and height, of at least one pixel."""
    height, width = images.shape[1:3]
    left, top, right, bottom = share
    first, start = int((top + lower) * height), int(left * width)
    first = min(max(first, 0), height - 1)
    return images[:, first : max(first + 1, int((bottom + lower) * height)), start : max(start + 1, int(right * width))]


TRAITS: Mapping[str, Callable[[Pictures, float], Trait]] = {"skin": _skin, "hair": _hair, "length": _length}
