"""The Fréchet distance of outputs and real images: how far apart the normal distributions of their features are."""

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
    """FID on each judge's features: from 0, the Fréchet distance of outputs and real images (Heusel et al., 2017).

    |m - m'|² + Tr(C + C' - 2 (C C')^½), with the features' means and unbiased covariances. It shrinks as the images
    get more: compare values of equal numbers of images and of the same judge only.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: at most this many of each side, evenly spread.

    Raises:
        DataError: there are fewer than two images on a side.
    """
    return {name: frechet(read(judge, outputs, images), read(judge, targets, images)) for name, judge in judges.items()}


def frechet(features: Tensor, reference: Tensor) -> float:
    """The squared Fréchet distance of normal distributions fitted to float64 features [N, D] and [M, D].

    With C = R^T R and C' = S^T S, the trace of the root of C C' is the sum of the singular values of R S^T. So no
    covariance is formed and no root of a nearly singular matrix is taken: features that never fire do no harm.
    """
    shift = features.mean(0) - reference.mean(0)
    first, second = _factor(features), _factor(reference)
    overlap = torch.linalg.svdvals(first @ second.T).sum()
    return float(shift.square().sum() + first.square().sum() + second.square().sum() - 2 * overlap)


def _factor(features: Tensor) -> Tensor:
    """A triangular R, so that R^T R is the features' covariance."""
    centred = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    factor: Tensor = torch.linalg.qr(centred, mode="r").R
    return factor
