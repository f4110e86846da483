"""Distances between two batches, used by the f-constancy and identity losses.

A distance takes two tensors and gives the batch's mean, a scalar. Its parameters' names say what it compares:
`reference` and `value` are tensors as they are (codes or images, [N, ...], of one shape), `_logits` are class scores
[N, K] before softmax, `_labels` are class numbers [N]. The value is what a network is to bring to the reference.
Everything is computed in float32 at least, whatever precision the tensors come in; a float64 tensor stays float64.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from ganforge.errors import ShapeError

Weight = Annotated[float, Field(ge=0)]


def mse(reference: Tensor, value: Tensor) -> Tensor:
    """Mean squared error: over the batch and all features.

    This is d and d2 in all experiments of the DTN's paper (Taigman, Polyak and Wolf, 2016).

    Raises:
        ShapeError: the tensors differ in shape.
    """
    return functional.mse_loss(*_comparable(reference, value))


def l1(reference: Tensor, value: Tensor) -> Tensor:
    """Mean absolute error: over the batch and all features.

    Raises:
        ShapeError: the tensors differ in shape.
    """
    return functional.l1_loss(*_comparable(reference, value))


def cosine(reference: Tensor, value: Tensor) -> Tensor:
    """One minus the cosine of the angle between the samples' flattened features, from 0 to 2.

    A sample of zeros has no angle and counts 1.

    Raises:
        ShapeError: the tensors differ in shape.
    """
    reference, value = _comparable(reference, value)
    return 1 - functional.cosine_similarity(reference.flatten(1), value.flatten(1)).mean()


_mse, _cosine = mse, cosine  # the weights of `combined` have these names


def combined(reference: Tensor, value: Tensor, *, mse: Weight = 1.0, cosine: Weight = 1.0) -> Tensor:
    """Weighted sum of mean squared error and cosine distance, the "combined loss" of the DTN's replication.

    Args:
        mse: the weight of the mean squared error.
        cosine: the weight of the cosine distance.

    Raises:
        ShapeError: the tensors differ in shape.
    """
    return mse * _mse(reference, value) + cosine * _cosine(reference, value)


def soft_labels(
    reference_logits: Tensor, value_logits: Tensor, *, temperature: Annotated[float, Field(gt=0)] = 1.0
) -> Tensor:
    """Kullback-Leibler divergence of the value's class probabilities from the reference's, which get no gradient.

    T² KL(softmax(reference / T) || softmax(value / T)), the distillation loss of Hinton, Vinyals and Dean (2015); the
    factor T² keeps the gradient's size when T changes.

    Args:
        temperature: T; the higher, the more the unlikely classes count.

    Raises:
        ShapeError: the tensors differ in shape.
    """
    reference, value = _comparable(reference_logits.detach(), value_logits)
    wanted = functional.log_softmax(reference / temperature, dim=1)
    given = functional.log_softmax(value / temperature, dim=1)
    return functional.kl_div(given, wanted, reduction="batchmean", log_target=True) * temperature**2


def cross_entropy(
    reference_labels: Tensor, value_logits: Tensor, *, label_smoothing: Annotated[float, Field(ge=0, le=1)] = 0.0
) -> Tensor:
    """Cross-entropy of the value's class scores with the reference's labels; this uses labels.

    Args:
        label_smoothing: the share of the wanted probability that is spread evenly over all classes.

    Raises:
        ShapeError: there is not one row of scores for each label.
    """
    if reference_labels.ndim != 1 or value_logits.ndim != 2 or len(reference_labels) != len(value_logits):
        raise ShapeError(
            f"labels {list(reference_labels.shape)} do not fit class scores {list(value_logits.shape)}",
            fix="compare labels [N] with class scores [N, classes]",
        )
    scores = value_logits.to(torch.promote_types(value_logits.dtype, torch.float32))
    return functional.cross_entropy(scores, reference_labels.long(), label_smoothing=label_smoothing)


def _comparable(reference: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Both tensors in the wider of their types, float32 at least, and of one shape: never broadcast."""
    if reference.shape != value.shape:
        raise ShapeError(
            f"a distance compares tensors of one shape, not {list(reference.shape)} with {list(value.shape)}",
            fix="make the two sides agree, such as in channels, image size or code size",
        )
    wide = torch.promote_types(torch.promote_types(reference.dtype, value.dtype), torch.float32)
    return reference.to(wide), value.to(wide)
