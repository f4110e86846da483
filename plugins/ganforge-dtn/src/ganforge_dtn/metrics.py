"""Metrics computed by f itself: the ceiling of a transfer, and two measures that adversarial noise can fool."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from ganforge.method import metric


@metric(unit="share", better="higher")
def encoder_accuracy(source_logits: Tensor, labels: Tensor) -> float:
    """Measure the share of source images that f's head labels correctly: the ceiling of a faithful transfer.

    Args:
        source_logits: f's class scores of s, [N, classes].
        labels: the true labels, int64 [N].

    Example:
        >>> import torch
        >>> encoder_accuracy(torch.eye(2), torch.tensor([0, 0]))
        0.5
    """
    return float((source_logits.argmax(1) == labels).double().mean())


@metric(unit="share", better="higher")
def encoder_agreement(source_logits: Tensor, transferred_logits: Tensor) -> float:
    """Measure the share of source images that f's head labels the same before and after the transfer.

    A high value with a low transfer accuracy means that g has learnt to fool f.

    Args:
        source_logits: f's class scores of s, [N, classes].
        transferred_logits: f's class scores of G(s), [N, classes].

    Example:
        >>> import torch
        >>> encoder_agreement(torch.eye(2), torch.tensor([[1.0, 0.0], [2.0, 0.0]]))
        0.5
    """
    return float((source_logits.argmax(1) == transferred_logits.argmax(1)).double().mean())


@metric(unit="distance", better="lower")
def code_constancy(source_code: Tensor, transferred_code: Tensor) -> float:
    """Measure the distance of f(G(s)) from f(s) by codes alone: one minus the mean cosine of their angle.

    From 0 to 2; d in equation 5 of Taigman et al. (2016) for an f without a head. Codes are those that the method
    compares: with `dtn/standardized` each is standardised by its domain's statistics, so strangers have a distance of
    about 1.

    Args:
        source_code: f(s), [N, code_dim].
        transferred_code: f(G(s)), [N, code_dim].

    Example:
        >>> import torch
        >>> code_constancy(torch.eye(2), torch.eye(2).flip(0))
        1.0
    """
    cosine = functional.cosine_similarity(source_code.double().flatten(1), transferred_code.double().flatten(1))
    return float(1 - cosine.mean())


@metric(unit="distance", better="lower")
def constancy(
    source_code: Tensor, transferred_code: Tensor, source_logits: Tensor, transferred_logits: Tensor
) -> dict[str, float]:
    """Measure the distance of f(G(s)) from f(s), which f-constancy minimises, by soft labels and by codes.

    `soft-labels` is the mean Kullback-Leibler divergence of the class probabilities of G(s) from those of s, in nats
    (Hinton et al., 2015, equation 1 with T = 1); `cosine` is one minus the mean cosine of the angle between the codes,
    from 0 to 2. Both are d in equation 5 of Taigman et al. (2016).

    Args:
        source_code: f(s), [N, code_dim].
        transferred_code: f(G(s)), [N, code_dim].
        source_logits: f's class scores of s, [N, classes].
        transferred_logits: f's class scores of G(s), [N, classes].

    Example:
        >>> import torch
        >>> constancy(torch.eye(2), torch.eye(2).flip(0), torch.eye(2), torch.eye(2))
        {'soft-labels': 0.0, 'cosine': 1.0}
    """
    wanted = functional.log_softmax(source_logits.double(), dim=1)
    given = functional.log_softmax(transferred_logits.double(), dim=1)
    divergence = functional.kl_div(given, wanted, reduction="batchmean", log_target=True)
    return {"soft-labels": float(divergence), "cosine": code_constancy(source_code, transferred_code)}
