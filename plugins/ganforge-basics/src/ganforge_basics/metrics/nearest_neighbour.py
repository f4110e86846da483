"""The nearest-neighbour probe: transferred images as the training set of a classifier of real ones."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganforge.method import metric
from ganforge_basics.metrics.features import AtMost, Pictures, evenly

ROWS = 500


@metric(unit="share", better="higher")
def nearest_neighbour(
    outputs: Pictures, labels: Tensor, targets: Pictures, target_labels: Tensor, *, images: AtMost = 10_000
) -> dict[str, float]:
    """Measure the accuracy on real images of a 1-nearest-neighbour classifier trained on the labelled outputs.

    Domain adaptation as in Table 2 of Taigman et al. (2016): the outputs have the labels of their sources, and labels
    of the target domain serve only to count. The distance is Euclidean in pixels; among equally near outputs the first
    decides.

    Args:
        outputs: the transferred images, uint8 [N, H, W, C].
        labels: the labels of the source images, int64 [N].
        targets: real images of the target domain, uint8 [M, H, W, C].
        target_labels: labels of the real images, int64 [M].
        images: greatest number of images of each set, taken at even intervals.

    Example:
        >>> import torch
        >>> black, white = np.zeros((1, 2, 2, 1), np.uint8), np.full((1, 2, 2, 1), 255, np.uint8)
        >>> nearest_neighbour(np.concatenate([black, white]), torch.tensor([0, 1]), white, torch.tensor([1]))
        {'accuracy': 1.0}
    """
    known, asked = evenly(len(outputs), images), evenly(len(targets), images)
    # Integers below 2^53 are exact in float64, so ties are ties on every machine.
    examples = outputs[known].reshape(len(known), -1).astype(np.float64)
    lengths = np.square(examples).sum(1)
    nearest = []
    for start in range(0, len(asked), ROWS):
        rows = targets[asked[start : start + ROWS]]
        # |x|² is the same for all examples and cannot change which is nearest.
        distances = lengths - 2 * rows.reshape(len(rows), -1).astype(np.float64) @ examples.T
        nearest.append(distances.argmin(1))
    answers = labels.numpy()[known][np.concatenate(nearest)]
    return {"accuracy": float(np.mean(answers == target_labels.numpy()[asked]))}
