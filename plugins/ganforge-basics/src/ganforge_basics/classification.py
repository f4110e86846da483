"""The loss of a classifier."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional


def classification(
    logits: Tensor, images_labels: Tensor, *, label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
) -> Tensor:
    """The cross-entropy of class scores with the true labels, a mean over the batch.

    Args:
        logits: class scores, [N, classes].
        images_labels: int64 [N].
        label_smoothing: share of the probability that is spread over all classes.
    """
    return functional.cross_entropy(logits, images_labels, label_smoothing=label_smoothing)
