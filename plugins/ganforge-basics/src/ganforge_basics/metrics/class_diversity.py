"""Diversity within each class: what a generator loses that draws one fine picture of each."""

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
    """How much the outputs of a class differ, relative to real images of it, by each judge's features and reading.

    Diversity is the mean distance of a class's pairs of outputs over that of its pairs of real images: 0 where all are
    one picture, about 1 where they differ as real images do. `smallest` is that of the worst class, where a class with
    fewer than two outputs counts 0; `classes` is the share of the real images' classes that any output belongs to.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        targets: real images of the target domain, uint8 [M, H, W, C].
        judges: classifiers of the target domain.
        images: at most this many of each side, evenly spread.

    Raises:
        DataError: there are fewer than two images on a side, or no two different real images of one class.
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
    """The mean Euclidean distance of pairs of float64 features [N, D]; 0 where there is no pair."""
    count = len(features)
    if count < 2:
        return 0.0
    total = sum(float(distances.sqrt().sum()) for _, distances in squared_distances(features, features))
    return total / (count * (count - 1))
