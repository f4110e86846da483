"""Shares of right answers: of a classifier, and of judges on transferred images."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import Pictures


@metric(unit="share", better="higher")
def accuracy(logits: Tensor, labels: Tensor) -> float:
    """The share of images that the classifier labels rightly.

    Args:
        logits: class scores, [N, classes].
        labels: the true labels, int64 [N].
    """
    return float((logits.argmax(1) == labels).double().mean())


@metric(unit="share", better="higher", judges="scores")
def transfer_accuracy(outputs: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    """The share of transferred images that each judge labels as the source image is labelled.

    Args:
        outputs: the transferred images as a user gets them, uint8 [N, H, W, C].
        labels: those of the source images, or the classes that images of noise were to be of, int64 [N].
        judges: classifiers of the target domain.
    """
    return _shares(outputs, labels, judges)


@metric(unit="share", judges="scores")
def untransferred_accuracy(inputs: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    """The share of source images that each judge labels rightly as they are: what is there without any transfer.

    Args:
        inputs: the source images, uint8 [N, H, W, C]; judges see them in their own size and channels.
        labels: their labels, int64 [N].
        judges: classifiers of the target domain.
    """
    return _shares(inputs, labels, judges)


def _shares(images: Pictures, labels: Tensor, judges: Mapping[str, Judge]) -> dict[str, float]:
    truth = labels.cpu()
    return {name: float((judge(images).argmax(1).cpu() == truth).double().mean()) for name, judge in judges.items()}
