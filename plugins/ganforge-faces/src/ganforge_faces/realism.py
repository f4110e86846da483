"""Realism of avatars: their distribution against that of real ones, beside that of the photographs themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import torch
from pydantic import Field

from ganforge.errors import DataError
from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.density_coverage import filling
from ganforge_basics.metrics.features import AtMost, Pictures, read
from ganforge_basics.metrics.kernel_distance import mean_discrepancy
from ganforge_basics.metrics.precision_recall import overlap

MEASURES = ("kid", "precision", "recall", "density", "coverage")


@metric(
    unit={
        **{"kid": "distance", "precision": "share", "recall": "share", "density": "ratio", "coverage": "share"},
        **{"kid-*": "distance", "precision-*": "share", "recall-*": "share", "density-*": "ratio"},
        "coverage-*": "share",
    },
    better={"kid": "lower", "precision": "higher", "recall": "higher", "density": "higher", "coverage": "higher"},
    judges="features",
)
def realism(
    inputs: Pictures,
    outputs: Pictures,
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    neighbours: Annotated[int, Field(ge=1)] = 5,
    subsets: Annotated[int, Field(ge=1)] = 100,
    subset_size: AtMost = 1000,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, float]:
    """Measure how outputs compare with real avatars on judges' features, and how photographs and avatars do.

    `kid` is that of `basics/kernel-distance` (Binkowski et al., 2018), `precision` and `recall` those of
    `basics/precision-recall` (Kynkäänniemi et al., 2019), `density` and `coverage` those of `basics/density-coverage`
    (Naeem et al., 2020). Each is measured twice more: `-photographs` with the photographs in the place of the outputs,
    which is what a transfer that does nothing gives, and `-real` with a random half of the real avatars against the
    other half, which is the best that can be expected. Features are divided by the root of the mean variance of a
    dimension among the real avatars: the kernel of `kid` has a scale, and so the judge's own is no part of the number.

    Args:
        inputs: the photographs, uint8 [N, H, W, C].
        outputs: their avatars, uint8 [N, H, W, C].
        targets: real avatars, uint8 [M, H, W, C].
        judges: networks with features that distinguish faces, and that took no part in the training.
        images: greatest number of images of each set, taken at even intervals.
        neighbours: k, the neighbour that the ball of each image reaches to, for all but `kid`.
        subsets: number of subsets for `kid`.
        subset_size: number of images of each set in a subset, at most as many as the smaller set has.
        seed: seed of the subsets and of the halves.

    Raises:
        DataError: there are at most k outputs, or at most 2k + 1 real avatars, or these are all alike.
    """
    values: dict[str, float] = {}
    for name, judge in judges.items():
        real = read(judge, targets, images, 2 * (neighbours + 1))
        scale = real.var(0).mean().sqrt()
        if not scale > 0:
            raise DataError(f"the judge {name!r} reads all avatars alike", fix="compare with more avatars")
        order = torch.from_numpy(np.random.default_rng(seed).permutation(len(real)))
        real = real / scale
        half, other = real[order].chunk(2)
        compared = {
            "": (read(judge, outputs, images, neighbours + 1) / scale, real),
            "-photographs": (read(judge, inputs, images, neighbours + 1) / scale, real),
            "-real": (other, half),
        }
        found = {
            control: (
                mean_discrepancy(features, reference, subsets, subset_size, seed),
                *overlap(features, reference, neighbours),
                *filling(features, reference, neighbours),
            )
            for control, (features, reference) in compared.items()
        }
        for number, measure in enumerate(MEASURES):
            values |= {f"{measure}{control}/{name}": numbers[number] for control, numbers in found.items()}
    return values
