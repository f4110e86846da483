"""Class shares of outputs: shows the classes that an unconditional generator leaves out."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import Pictures


@metric(
    unit={"classes": "count", "smallest": "share", "difference": "share", "class-*": "share"},
    better={"classes": "higher", "smallest": "higher", "difference": "lower"},
    judges="scores",
)
def class_shares(outputs: Pictures, targets: Pictures, judges: Mapping[str, Judge]) -> dict[str, float]:
    """How many of the outputs each judge reads as each class, and how many classes there are at all.

    `class-3` is the share of outputs that are read as class 3; `smallest` is the smallest of these shares, `classes`
    the number of classes that any output is read as, and `difference` half the sum of the absolute differences of these
    shares and those of the real images: 0 where they are equal, 1 where they have no class in common.

    Args:
        outputs: the generated or transferred images, uint8 [N, H, W, C].
        targets: real images, uint8 [M, H, W, C].
        judges: classifiers of these images.
    """
    values = {}
    for name, judge in judges.items():
        scores = judge(outputs)
        shares = _shares(scores.argmax(1), scores.shape[1])
        real = _shares(judge(targets).argmax(1), scores.shape[1])
        values[f"classes/{name}"] = float((shares > 0).sum())
        values[f"smallest/{name}"] = float(shares.min())
        values[f"difference/{name}"] = float((shares - real).abs().sum() / 2)
        values |= {f"class-{label}/{name}": float(share) for label, share in enumerate(shares)}
    return values


def _shares(classes: torch.Tensor, count: int) -> torch.Tensor:
    """The share of each class, float64 [count]."""
    return classes.bincount(minlength=count).double() / len(classes)
