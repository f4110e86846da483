"""Precision and recall of generated images: the realistic share of outputs and the covered share of real images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, read
from ganforge_basics.metrics.neighbours import ROUNDING, squared_distances, squared_radii


@metric(unit="share", better="higher", judges="features")
def precision_recall(
    outputs: Pictures,
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    neighbours: Annotated[int, Field(ge=1)] = 3,
) -> dict[str, float]:
    """Measure precision and recall on each judge's features (Kynkäänniemi et al., 2019, equation 2).

    The balls around the points of a set, each up to the k-th nearest other point, approximate the manifold of the set
    (equation 1). Precision is the share of outputs in the balls of real images; recall is the share of real images in
    the balls of outputs.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: greatest number of images of each set, taken at even intervals.
        neighbours: k.

    Raises:
        DataError: a set has at most k images.
    """
    values = {}
    for name, judge in judges.items():
        features = read(judge, outputs, images, neighbours + 1)
        reference = read(judge, targets, images, neighbours + 1)
        values[f"precision/{name}"], values[f"recall/{name}"] = overlap(features, reference, neighbours)
    return values


def overlap(features: Tensor, reference: Tensor, neighbours: int) -> tuple[float, float]:
    """Return precision and recall of float64 features [N, D] against real ones [M, D]; balls include their surface.

    Example:
        >>> features = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
        >>> overlap(features, features + 100, neighbours=1)
        (0.0, 0.0)
    """
    radii = squared_radii(features, neighbours) * (1 + ROUNDING)
    real_radii = squared_radii(reference, neighbours) * (1 + ROUNDING)
    real_looking = torch.zeros(len(features), dtype=torch.bool)
    reached = 0
    for block, distances in squared_distances(reference, features):
        real_looking |= (distances <= real_radii[block, None]).any(0)
        reached += int((distances <= radii).any(1).sum())
    return float(real_looking.double().mean()), reached / len(reference)
