"""Diversity within each class: low for a generator that draws one good image per class."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ganforge.errors import DataError
from ganforge.judge import Judge
from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, evenly, read
from ganforge_basics.metrics.neighbours import squared_distances


@metric(
    unit={"smallest": "ratio", "classes": "share"},
    better={"smallest": "higher", "classes": "higher"},
    judges=("features", "scores"),
)
def class_diversity(
    outputs: Pictures, targets: Pictures, judges: Mapping[str, Judge], *, images: AtMost = 10_000
) -> dict[str, float]:
    """Measure the diversity of outputs within each class, relative to real images, on each judge's features.

    Each judge also assigns the classes. Diversity is the mean distance of pairs of outputs of a class over the mean
    distance of its pairs of real images: 0 for equal outputs, about 1 for outputs as diverse as real images. `smallest`
    is the diversity of the worst class, with 0 for a class with fewer than two outputs; `classes` is the share of the
    real images' classes with at least one output.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: greatest number of images of each set, taken at even intervals.

    Raises:
        DataError: a set has fewer than two images, or no class has two different real images.
    """
    outputs, targets = (pictures[evenly(len(pictures), images)] for pictures in (outputs, targets))
    values = {}
    for name, judge in judges.items():
        features, reference = read(judge, outputs, images), read(judge, targets, images)
        classes, real_classes = judge(outputs).argmax(1), judge(targets).argmax(1)
        found = {}
        for label in sorted(set(real_classes.tolist())):
            real = mean_distance(reference[real_classes == label])
            if real > 0:
                found[label] = mean_distance(features[classes == label]) / real
        if not found:
            raise DataError(
                f"the judge {name!r} reads no two different real images as one class",
                fix="compare with more target images",
            )
        values[f"smallest/{name}"] = min(found.values())
        values[f"classes/{name}"] = sum(bool((classes == label).any()) for label in found) / len(found)
    return values


def mean_distance(features: Tensor) -> float:
    """Return the mean Euclidean distance of pairs of float64 features [N, D]; 0 without any pair.

    Example:
        >>> import torch
        >>> mean_distance(torch.tensor([[0.0], [4.0]], dtype=torch.float64))
        4.0
    """
    count = len(features)
    if count < 2:
        return 0.0
    total = sum(float(distances.sqrt().sum()) for _, distances in squared_distances(features, features))
    return total / (count * (count - 1))
