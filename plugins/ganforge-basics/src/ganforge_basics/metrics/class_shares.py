"""Class shares of outputs, which show the classes that an unconditional generator misses."""

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
    """Measure the share of outputs that each judge assigns to each class, and the number of classes among them.

    `class-3` is the share of outputs of class 3, `smallest` the smallest of these shares, and `classes` the number of
    classes with any output. `difference` is half the sum of the absolute differences between these shares and the
    shares of real images: 0 for equal shares, 1 for no class in common.

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
    """Return the share of each class, float64 [count]."""
    return classes.bincount(minlength=count).double() / len(classes)
