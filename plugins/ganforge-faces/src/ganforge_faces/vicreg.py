"""The loss of self-supervised training: two views of an image agree, and codes spread in all directions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional

Weight = Annotated[float, Field(ge=0)]


def vicreg(
    source_codes: Tensor,
    target_codes: Tensor,
    *,
    invariance: Weight = 25.0,
    variance: Weight = 25.0,
    covariance: Weight = 1.0,
) -> Tensor:
    """Return the sum over both domains of VICReg's loss (Bardes, Ponce and LeCun, 2022, equations 1 to 6).

    The mean squared distance of two views; a hinge that keeps the standard deviation of each dimension at 1 or more;
    the squared covariances of different dimensions, summed and divided by the number of dimensions. Moments are
    those of the batch, with its size as the divisor, so that a batch seen twice has the loss of the batch.

    Args:
        source_codes: both views of each s, [N, 2, D].
        target_codes: both views of each t, [M, 2, D].
        invariance: factor of the distance of views (lambda).
        variance: factor of the hinge (mu).
        covariance: factor of the covariances (nu).

    Example:
        >>> import torch
        >>> views = torch.tensor([[[3.0], [3.0]], [[-3.0], [-3.0]]])  # equal, and spread by more than 1
        >>> vicreg(views, views)
        tensor(0.)
    """
    loss = source_codes.new_zeros(())
    for first, second in (source_codes.unbind(1), target_codes.unbind(1)):
        loss = loss + invariance * functional.mse_loss(first, second)
        for view in (first, second):
            centred = view - view.mean(0)
            covariances = centred.T @ centred / len(view)
            deviation = (covariances.diagonal() + 1e-4).sqrt()
            others = covariances.square().sum() - covariances.diagonal().square().sum()
            loss = loss + variance * functional.relu(1 - deviation).mean() / 2 + covariance * others / view.shape[1]
    return loss
