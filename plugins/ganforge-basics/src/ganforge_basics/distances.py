"""Distances between two batches, used by the f-constancy and identity losses.

A distance takes two tensors and returns a scalar, the mean over the batch. The names of its parameters say what it
compares: `reference` and `value` are codes or images, [N, ...], of one shape; `_logits` are class scores [N, K] before
softmax; `_labels` are class numbers [N]. Training moves the value towards the reference. Distances are computed in
float32, or in float64 for float64 tensors.
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
    """Return the mean squared error over the batch and all features.

    This is d in equation 5 and d2 in equation 6 of Taigman, Polyak and Wolf (2016), in all of their experiments.

    Raises:
        ShapeError: the tensors differ in shape.

    Example:
        >>> mse(torch.zeros(1, 2), torch.tensor([[1.0, 3.0]]))
        tensor(5.)
    """
    return functional.mse_loss(*_comparable(reference, value))


def l1(reference: Tensor, value: Tensor) -> Tensor:
    """Return the mean absolute error over the batch and all features.

    Raises:
        ShapeError: the tensors differ in shape.

    Example:
        >>> l1(torch.zeros(1, 2), torch.tensor([[1.0, 3.0]]))
        tensor(2.)
    """
    return functional.l1_loss(*_comparable(reference, value))


def cosine(reference: Tensor, value: Tensor) -> Tensor:
    """Return one minus the cosine of the angle between the samples' flattened features, from 0 to 2.

    A sample of zeros has no angle and counts 1.

    Raises:
        ShapeError: the tensors differ in shape.

    Example:
        >>> cosine(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
        tensor(1.)
    """
    reference, value = _comparable(reference, value)
    return 1 - functional.cosine_similarity(reference.flatten(1), value.flatten(1)).mean()


_mse, _cosine = mse, cosine  # the weights of `combined` have these names


def combined(reference: Tensor, value: Tensor, *, mse: Weight = 1.0, cosine: Weight = 1.0) -> Tensor:
    """Return a weighted sum of mean squared error and cosine distance (Hua et al., CS229, 2017).

    The "combined loss" of the DTN's replication, compared in Figure 3 of its poster.

    Args:
        mse: weight of the mean squared error.
        cosine: weight of the cosine distance.

    Raises:
        ShapeError: the tensors differ in shape.

    Example:
        >>> combined(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), mse=1.0, cosine=2.0)
        tensor(3.)
    """
    return mse * _mse(reference, value) + cosine * _cosine(reference, value)


def soft_labels(
    reference_logits: Tensor, value_logits: Tensor, *, temperature: Annotated[float, Field(gt=0)] = 1.0
) -> Tensor:
    """Return the Kullback-Leibler divergence of the value's class probabilities from the reference's.

    T² KL(softmax(reference / T) || softmax(value / T)), the distillation loss of Hinton, Vinyals and Dean (2015),
    equation 1 and section 2. The factor T² keeps the size of the gradient when T changes. The reference gets no
    gradient.

    Args:
        temperature: T; a higher T gives unlikely classes more weight.

    Raises:
        ShapeError: the tensors differ in shape.

    Example:
        >>> soft_labels(torch.zeros(1, 2), torch.zeros(1, 2))
        tensor(0.)
    """
    reference, value = _comparable(reference_logits.detach(), value_logits)
    wanted = functional.log_softmax(reference / temperature, dim=1)
    given = functional.log_softmax(value / temperature, dim=1)
    return functional.kl_div(given, wanted, reduction="batchmean", log_target=True) * temperature**2


def cross_entropy(
    reference_labels: Tensor, value_logits: Tensor, *, label_smoothing: Annotated[float, Field(ge=0, le=1)] = 0.0
) -> Tensor:
    """Return the cross-entropy of the value's class scores with the reference's true labels (supervised).

    Args:
        label_smoothing: share of the probability that is spread evenly over all classes (Szegedy et al., 2016,
            section 7).

    Raises:
        ShapeError: the number of labels differs from the number of rows of scores.

    Example:
        >>> cross_entropy(torch.tensor([0]), torch.zeros(1, 2))  # log 2
        tensor(0.6931)
    """
    if reference_labels.ndim != 1 or value_logits.ndim != 2 or len(reference_labels) != len(value_logits):
        raise ShapeError(
            f"labels {list(reference_labels.shape)} do not fit class scores {list(value_logits.shape)}",
            fix="compare labels [N] with class scores [N, classes]",
        )
    scores = value_logits.to(torch.promote_types(value_logits.dtype, torch.float32))
    return functional.cross_entropy(scores, reference_labels.long(), label_smoothing=label_smoothing)


def _comparable(reference: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return both tensors in the wider of their types, at least float32; raise a ShapeError instead of broadcasting."""
    if reference.shape != value.shape:
        raise ShapeError(
            f"a distance compares tensors of one shape, not {list(reference.shape)} with {list(value.shape)}",
            fix="make the two sides agree, such as in channels, image size or code size",
        )
    wide = torch.promote_types(torch.promote_types(reference.dtype, value.dtype), torch.float32)
    return reference.to(wide), value.to(wide)
