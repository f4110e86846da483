"""Accuracy: of a classifier, and of judges on transferred images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import Pictures


@metric(unit="share", better="higher")
def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Measure the share of images that the classifier labels correctly.

    Args:
        logits: class scores, [N, classes].
        labels: the true labels, int64 [N].

    Example:
        >>> import torch
        >>> accuracy(torch.eye(2), torch.tensor([0, 0]))
        0.5
    """
    return float((logits.argmax(1) == labels).double().mean())


@metric(unit="share", better="higher", judges="scores")
def transfer_accuracy(outputs: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    """Measure the share of transferred images that each judge gives the label of the source image.

    The digit results of Taigman et al. (2016), Table 1, are this accuracy.

    Args:
        outputs: the transferred images as a user gets them, uint8 [N, H, W, C].
        labels: labels of the source images, or the requested classes of images from noise, int64 [N].
        judges: classifiers of the target domain.
    """
    return _shares(outputs, labels, judges)


@metric(unit="share", judges="scores")
def untransferred_accuracy(inputs: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    """Measure the share of source images that each judge labels correctly without any transfer: the baseline.

    Args:
        inputs: the source images, uint8 [N, H, W, C]; each judge converts them to its own size and channels.
        labels: labels of the source images, int64 [N].
        judges: classifiers of the target domain.
    """
    return _shares(inputs, labels, judges)


def _shares(images: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    truth = labels.cpu()
    return {name: float((judge(images).argmax(1).cpu() == truth).double().mean()) for name, judge in judges.items()}
