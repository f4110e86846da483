"""Attributes of faces, one by one: what a classifier tells, and what judges see in transferred images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganforge.errors import DataError
from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_faces.attributes import ATTRIBUTES, CLASSES, to_values

Pictures = npt.NDArray[np.uint8]


@metric(unit="share", better="higher")
def attribute_accuracy(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Measure the share of images of which a classifier tells each attribute correctly.

    A number for each attribute by its name, such as `glasses`; the classes are those of `faces/synthetic-portraits`.

    Args:
        logits: class scores, [N, classes].
        labels: the true classes, int64 [N].

    Raises:
        DataError: there are more classes than the attributes have combinations.

    Example:
        >>> found = attribute_accuracy(torch.eye(2), torch.tensor([0, 0]))
        >>> found["skin"], found["mouth"]
        (1.0, 0.5)
    """
    return _shares(logits, labels)


@metric(
    unit="share",
    better={**{attribute.name: "higher" for attribute in ATTRIBUTES}, "least": "higher"},
    judges="scores",
)
def attribute_agreement(
    inputs: Pictures, outputs: Pictures, labels: Tensor, judges: Mapping[str, Judge]
) -> dict[str, float]:
    """Measure the share of outputs in which each judge sees each attribute of the source image.

    Beside the number of each attribute, such as `glasses/judge`, `least` is the smallest of them. Two controls follow:
    `untransferred-glasses` is the share of source images that the judge reads correctly themselves, without any
    transfer, and `shuffled-glasses` compares each output with another image's attributes, which gives the level of
    chance.

    Args:
        inputs: the source images, uint8 [N, H, W, C].
        outputs: the transferred images, uint8 [N, H, W, C].
        labels: classes of the source images, int64 [N].
        judges: classifiers of the target domain that score the classes of `faces/synthetic-avatars`.

    Raises:
        DataError: there are more classes than the attributes have combinations.
    """
    other = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(0)).to(labels.device)]
    values: dict[str, float] = {}
    for name, judge in judges.items():
        seen = judge(outputs)
        own = _shares(seen, labels)
        values |= {f"{attribute}/{name}": share for attribute, share in own.items()}
        values[f"least/{name}"] = min(own.values())
        values |= {f"untransferred-{key}/{name}": share for key, share in _shares(judge(inputs), labels).items()}
        values |= {f"shuffled-{key}/{name}": share for key, share in _shares(seen, other).items()}
    return values


def _shares(scores: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the share of rows of which the highest score has the label's value, by attribute."""
    if (most := max(scores.shape[1], int(labels.max()) + 1)) > CLASSES:
        raise DataError(
            f"there are {most} classes, and the attributes of a face have {CLASSES} combinations",
            fix='measure this on "faces/synthetic-portraits" or "faces/synthetic-avatars" only',
        )
    right = to_values(scores.argmax(1).cpu().numpy()) == to_values(labels.cpu().numpy())
    return {attribute.name: float(share) for attribute, share in zip(ATTRIBUTES, right.mean(0), strict=True)}
