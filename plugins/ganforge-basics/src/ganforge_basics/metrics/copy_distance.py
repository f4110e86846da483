"""A yardstick for Fréchet distances: the distance of a distorted copy of the real images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganforge.data.transform import to_pictures, to_unit
from ganforge.judge import Judge
from ganforge.method import metric
from ganforge.plugins import Nested
from ganforge_basics.metrics.features import AtMost, Pictures, evenly, read
from ganforge_basics.metrics.frechet_distance import frechet

BLOCK = 1000


@metric(unit="distance", judges="features")
def copy_distance(
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    changes: Annotated[Sequence[Callable[[Tensor, torch.Generator], Tensor]], Nested("augmentation")],
    images: AtMost = 10_000,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, float]:
    """Measure the Fréchet distance between the real images and a changed copy of them, on each judge's features.

    It is computed as `frechet-distance` is (Heusel et al., 2017, equation 6), without any output. It gives the distance
    of outputs a scale, such as the distance of a blurred copy (as in Figure 3 of that paper).

    Args:
        targets: real images, uint8 [M, H, W, C].
        judges: classifiers of these images.
        changes: augmentations that make the copy, in this order.
        images: greatest number of images, taken at even intervals.
        seed: seed of the augmentations.

    Raises:
        DataError: there are fewer than two images.
    """
    chosen = targets[evenly(len(targets), images)]
    generator = torch.Generator()
    generator.manual_seed(seed)
    copies = []
    for start in range(0, len(chosen), BLOCK):
        unit = to_unit(torch.from_numpy(np.array(chosen[start : start + BLOCK])))
        for change in changes:
            unit = change(unit, generator)
        copies.append(to_pictures(unit))
    copy = np.concatenate(copies) if copies else chosen
    return {name: frechet(read(judge, copy, images), read(judge, chosen, images)) for name, judge in judges.items()}
