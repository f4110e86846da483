"""Density and coverage: robust variants of precision and recall, not decided by a few outliers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, read
from ganforge_basics.metrics.neighbours import ROUNDING, squared_distances, squared_radii


@metric(
    unit={"density": "ratio", "coverage": "share"},
    better={"density": "higher", "coverage": "higher"},
    judges="features",
)
def density_coverage(
    outputs: Pictures,
    targets: Pictures,
    judges: Mapping[str, Judge],
    *,
    images: AtMost = 10_000,
    neighbours: Annotated[int, Field(ge=1)] = 5,
) -> dict[str, float]:
    """Measure density and coverage of the outputs on each judge's features (Naeem et al., 2020, section 3).

    The ball of a real image reaches to its k-th nearest other real image. Density is the mean number of balls around
    an output, divided by k: 1 for images distributed like the real ones, more where they crowd. Coverage is the share
    of balls with at least one output.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: greatest number of images of each set, taken at even intervals.
        neighbours: k.

    Raises:
        DataError: there are at most k real images, or fewer than two outputs.
    """
    values = {}
    for name, judge in judges.items():
        features, reference = read(judge, outputs, images), read(judge, targets, images, neighbours + 1)
        values[f"density/{name}"], values[f"coverage/{name}"] = filling(features, reference, neighbours)
    return values


def filling(features: Tensor, reference: Tensor, neighbours: int) -> tuple[float, float]:
    """Return density and coverage of float64 features [N, D] among real ones [M, D]; balls exclude their surface.

    Example:
        >>> import torch
        >>> points = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
        >>> filling(points[:1], points, neighbours=1)
        (1.0, 0.3333333333333333)
    """
    radii = squared_radii(reference, neighbours) * (1 - ROUNDING)
    held = reached = 0
    for block, distances in squared_distances(reference, features):
        inside = distances < radii[block, None]
        held += int(inside.sum())
        reached += int(inside.any(1).sum())
    return held / (neighbours * len(features)), reached / len(reference)
