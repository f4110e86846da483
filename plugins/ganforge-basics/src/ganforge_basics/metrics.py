"""Shares of right answers: of a classifier, and of judges on transferred images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from torch import Tensor


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """The share of images that the classifier labels rightly.

    Args:
        logits: class scores, [N, classes].
        labels: the true labels, int64 [N].
    """
    return float((logits.argmax(1) == labels).double().mean())


def transfer_accuracy(
    outputs: npt.NDArray[np.uint8],
    labels: Tensor,
    judges: Mapping[str, Callable[[npt.NDArray[np.uint8]], Tensor]],
) -> dict[str, float]:
    """The share of transferred images that each judge labels as the source image is labelled.

    Args:
        outputs: the transferred images as a user gets them, uint8 [N, H, W, C].
        labels: the labels of the source images, int64 [N].
        judges: classifiers of the target domain by name; each gives class scores [N, classes] of uint8 images.
    """
    truth = labels.cpu()
    return {name: float((judge(outputs).argmax(1).cpu() == truth).double().mean()) for name, judge in judges.items()}
