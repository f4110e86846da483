"""Diversity and copies: whether outputs differ as real avatars do, and are more than avatars learnt by heart."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.class_diversity import mean_distance
from ganforge_basics.metrics.features import AtMost, Pictures, read
from ganforge_basics.metrics.neighbours import squared_distances, squared_radii


@metric(unit={"ratio": "ratio", "ratio-*": "ratio"}, better={"ratio": "higher"}, judges="features")
def diversity(
    inputs: Pictures,
    outputs: Pictures,
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
) -> dict[str, float]:
    """Measure the mean distance of pairs of outputs over that of pairs of real avatars, on judges' features.

    `ratio` is 0 for equal outputs and about 1 for outputs as diverse as real avatars; the distance is Euclidean.
    `ratio-photographs` is that of the photographs in the place of the outputs, which is as diverse as people are to
    this judge.

    Args:
        inputs: the photographs, uint8 [N, H, W, C].
        outputs: their avatars, uint8 [N, H, W, C].
        targets: real avatars, uint8 [M, H, W, C].
        judges: networks with features that distinguish faces.
        images: greatest number of images of each set, taken at even intervals.

    Raises:
        DataError: a set has fewer than two images, or all real avatars are alike.
    """
    values: dict[str, float] = {}
    for name, judge in judges.items():
        real = _positive(mean_distance(read(judge, targets, images)), name)
        values[f"ratio/{name}"] = mean_distance(read(judge, outputs, images)) / real
        values[f"ratio-photographs/{name}"] = mean_distance(read(judge, inputs, images)) / real
    return values


@metric(unit={"ratio": "ratio", "ratio-*": "ratio"}, better={"ratio": "higher"}, judges="features")
def copies(
    inputs: Pictures,
    outputs: Pictures,
    examples: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
) -> dict[str, float]:
    """Measure the distance of outputs to the nearest training avatar, on judges' features, relative to real ones'.

    `ratio` is the mean distance of an output to the nearest avatar that the training saw, over the mean distance of
    these avatars to the nearest other one: 0 for copies, about 1 for avatars as new as real ones are to each other,
    more for pictures unlike any avatar. So it is no measure of quality, and better only up to 1. `ratio-least` is that
    of the nearest output of all; `ratio-photographs` that of the photographs in the place of the outputs.

    Args:
        inputs: the photographs, uint8 [N, H, W, C].
        outputs: their avatars, uint8 [N, H, W, C].
        examples: the training avatars, uint8 [K, H, W, C].
        judges: networks with features that distinguish faces.
        images: greatest number of images of each set, taken at even intervals; training avatars that are left out
            cannot be found as copied.

    Raises:
        DataError: a set has fewer than two images, or all training avatars are alike.
    """
    values: dict[str, float] = {}
    for name, judge in judges.items():
        known = read(judge, examples, images)
        between = _positive(float(squared_radii(known, 1).clamp_min(0).sqrt().mean()), name)
        found, photographs = (_gaps(read(judge, one, images), known) for one in (outputs, inputs))
        values[f"ratio/{name}"] = float(found.mean()) / between
        values[f"ratio-least/{name}"] = float(found.min()) / between
        values[f"ratio-photographs/{name}"] = float(photographs.mean()) / between
    return values


def _gaps(features: Tensor, known: Tensor) -> Tensor:
    """Return the distance of each row to the nearest of others, float64 [N]."""
    return torch.cat(
        [distances.min(1).values.clamp_min(0).sqrt() for _, distances in squared_distances(features, known)]
    )


def _positive(distance: float, judge: str) -> float:
    if distance > 0:
        return distance
    raise DataError(
        f"the judge {judge!r} reads all avatars alike", fix="compare with more avatars, or by another judge"
    )
