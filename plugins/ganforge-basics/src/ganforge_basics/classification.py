"""The loss of a classifier."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional


def classification(
    logits: Tensor, images_labels: Tensor, *, label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
) -> Tensor:
    """Return the cross-entropy of class scores with the true labels, averaged over the batch.

    Args:
        logits: class scores, [N, classes].
        images_labels: int64 [N].
        label_smoothing: share of the probability that is spread over all classes (Szegedy et al., 2016, section 7).

    Example:
        >>> import torch
        >>> classification(torch.zeros(1, 2), torch.tensor([0]))  # log 2
        tensor(0.6931)
    """
    return functional.cross_entropy(logits, images_labels, label_smoothing=label_smoothing)
