"""The Fréchet distance of outputs and real images, between normal distributions fitted to their features."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, read


@metric(unit="distance", better="lower", judges="features")
def frechet_distance(
    outputs: Pictures, targets: Pictures, judges: Mapping[str, Judge], *, images: AtMost = 10_000
) -> dict[str, float]:
    """Measure the Fréchet distance of outputs and real images on each judge's features (Heusel et al., 2017).

    Equation 6 of the paper (FID), from 0: |m - m'|² + Tr(C + C' - 2 (C C')^½), with the features' means and unbiased
    covariances. The value shrinks as the number of images grows: compare only values for equal numbers of images and
    for the same judge.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: greatest number of images of each set, taken at even intervals.

    Raises:
        DataError: a set has fewer than two images.
    """
    return {name: frechet(read(judge, outputs, images), read(judge, targets, images)) for name, judge in judges.items()}


def frechet(features: Tensor, reference: Tensor) -> float:
    """Return the squared Fréchet distance of normal distributions fitted to float64 features [N, D] and [M, D].

    With C = R^T R and C' = S^T S, the trace of the root of C C' is the sum of the singular values of R S^T. So the
    code forms no covariance and takes no root of a nearly singular matrix: constant features do no harm.

    Example:
        >>> features = torch.tensor([[0.0], [2.0]], dtype=torch.float64)
        >>> round(frechet(features, features + 3), 6)
        9.0
    """
    shift = features.mean(0) - reference.mean(0)
    first, second = _factor(features), _factor(reference)
    overlap = torch.linalg.svdvals(first @ second.T).sum()
    return float(shift.square().sum() + first.square().sum() + second.square().sum() - 2 * overlap)


def _factor(features: Tensor) -> Tensor:
    """Return a triangular R such that R^T R is the features' covariance."""
    centred = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    factor: Tensor = torch.linalg.qr(centred, mode="r").R
    return factor
